// SPDX-License-Identifier: MIT
//
// Ten thousand runs are counted from below: every allocation, every lock, every system call.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <mutex>
#include <new>
#include <vector>

#include <soma/policy/winograd.hpp>
#include <soma/runtime/device/device.hpp>
#include <soma/runtime/serving/server.hpp>

#include "support/catch.hpp"
#include "support/runs.hpp"
#include "support/small_net.hpp"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SOMA_TEST_INTERPOSES 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SOMA_TEST_INTERPOSES 0
#endif
#endif
#if !defined(SOMA_TEST_INTERPOSES)
#if defined(__linux__) && defined(__GLIBC__)
#define SOMA_TEST_INTERPOSES 1
#else
#define SOMA_TEST_INTERPOSES 0
#endif
#endif

#if !SOMA_TEST_INTERPOSES

TEST_CASE("a run allocates nothing, locks nothing and calls no system", "[runtime][executor]") {
    std::cout << "not counted here: a sanitizer or another C library owns malloc\n";
}

#else

#include <atomic>
#include <cerrno>
#include <chrono>

#include <dlfcn.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

namespace {

std::atomic<bool> counting = false;
std::atomic<long> allocations = 0;
std::atomic<long> locks = 0;

void count(std::atomic<long>& what) noexcept {
    if (counting.load(std::memory_order_relaxed)) {
        what.fetch_add(1, std::memory_order_relaxed);
    }
}

}  // namespace

// This program's own malloc and friends stand before those of the C library, whose real functions
// have second names; operator new of the C++ library comes here, too.
extern "C" {

void* __libc_malloc(std::size_t);
void* __libc_calloc(std::size_t, std::size_t);
void* __libc_realloc(void*, std::size_t);
void* __libc_memalign(std::size_t, std::size_t);
void __libc_free(void*);

void* malloc(std::size_t size) {
    count(allocations);
    return __libc_malloc(size);
}
void* calloc(std::size_t n, std::size_t size) {
    count(allocations);
    return __libc_calloc(n, size);
}
void* realloc(void* p, std::size_t size) {
    count(allocations);
    return __libc_realloc(p, size);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
    count(allocations);
    return __libc_memalign(alignment, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
    count(allocations);
    return __libc_memalign(alignment, size);
}
int posix_memalign(void** p, std::size_t alignment, std::size_t size) {
    count(allocations);
    *p = __libc_memalign(alignment, size);
    return *p == nullptr ? ENOMEM : 0;
}
void free(void* p) {
    count(allocations);
    __libc_free(p);
}

// Locks are passed on to the next library that defines them.
#define SOMA_TEST_COUNTED_LOCK(function, type)                                                  \
    int function(type* lock) {                                                                  \
        static const auto next = reinterpret_cast<int (*)(type*)>(dlsym(RTLD_NEXT, #function)); \
        count(locks);                                                                           \
        return next(lock);                                                                      \
    }
SOMA_TEST_COUNTED_LOCK(pthread_mutex_lock, pthread_mutex_t)
SOMA_TEST_COUNTED_LOCK(pthread_mutex_trylock, pthread_mutex_t)
SOMA_TEST_COUNTED_LOCK(pthread_rwlock_rdlock, pthread_rwlock_t)
SOMA_TEST_COUNTED_LOCK(pthread_rwlock_wrlock, pthread_rwlock_t)
#undef SOMA_TEST_COUNTED_LOCK

}  // extern "C"

using namespace soma;
using test::small_net;

namespace {

constexpr int runs = 10'000;

struct counts {
    long allocations, locks;
};

template <class Body>
counts count_in(Body&& body) {
    allocations = 0;
    locks = 0;
    counting = true;
    body();
    counting = false;
    return {allocations, locks};
}

/// What happens in ten thousand runs of one executor, half of them with tensors, half with spans.
template <class Program>
struct many_runs {
    using model = typename Program::model_type;
    executor<Program> run{weights<model>(test::random_parameters<model>(17))};
    std::vector<float> in = test::inputs<model>(Program::samples);
    std::vector<float> out = std::vector<float>(Program::samples * model::output_shape::size);

    many_runs() { once(); }

    void once() noexcept {
        using shapes = executor<Program>;
        run.run(tensor_view<const float, typename shapes::input_shape>(in.data()),
                tensor_view<float, typename shapes::output_shape>(out.data()));
        static_cast<void>(run.run(in, out));
    }
    void all() noexcept {
        for (int i = 0; i < runs / 2; ++i) {
            once();
        }
    }
};

using single = program<small_net, bf16, batch<2>>;
/// A convolution that Winograd's filtering computes.
struct image : model<input<float, 32, 14, 14>, layers::conv2d<"conv", 32, 3, padding<1>>> {};
using filtered = program<image, winograd<fp32>>;
static_assert(filtered::nodes[1].algorithm != kernels::algorithm::direct);

using twins = program<small_net, bf16, schedule<batch<2>, replicate<2>>>;
using halves = program<small_net, bf16, schedule<batch<2>, tensor_parallel<2, 1>>>;
static_assert(halves::steps.size() > 3, "a barrier each");
using staged = program<small_net, bf16, schedule<batch<2>, replicate<2>, pipeline<2>>>;
static_assert(staged::stage_ranges.count == 2);

// System calls: a filter lets a few pass and turns every other into a signal that counts it.
volatile sig_atomic_t calls = 0;
volatile sig_atomic_t first_call = 0;

void count_call(int, siginfo_t* info, void*) noexcept {
    if (calls == 0) {
        first_call = info->si_syscall;
    }
    calls = calls + 1;
}

/// Lets `allowed` pass, for every thread of this process. False where filters are forbidden.
template <class... Number>
bool install_filter(Number... allowed) noexcept {
    struct sigaction action{};
    action.sa_sigaction = &count_call;
    action.sa_flags = SA_SIGINFO | SA_NODEFER;
    if (sigaction(SIGSYS, &action, nullptr) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
        return false;
    }
    const auto pass = [](auto number) {
        return sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<std::uint32_t>(number),
                                    0, 1);
    };
    sock_filter code[2 * sizeof...(Number) + 2];
    std::size_t size = 0;
    code[size++] = BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr));
    ((code[size++] = pass(allowed),
      code[size++] = sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)),
     ...);
    code[size++] = BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP);
    const sock_fprog filter{static_cast<unsigned short>(size), code};
    return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &filter) == 0;
}

struct call_report {
    bool filtered = false;
    int count = 0;
    int first = 0;
};

/// Runs `body` in a child where system calls other than `allowed` are counted.
///
/// `prepare` makes in the child what `body` uses: threads do not survive a fork.
template <class Prepare, class... Number>
call_report calls_of(Prepare prepare, Number... allowed) {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        auto body = prepare();
        call_report report;
        report.filtered = install_filter(SYS_exit_group, SYS_write, SYS_rt_sigreturn, allowed...);
        if (report.filtered) {
            body();
        }
        report.count = calls;
        report.first = first_call;
        _exit(write(ends[1], &report, sizeof(report)) == sizeof(report) ? 0 : 1);
    }
    close(ends[1]);
    call_report report;
    const auto got = read(ends[0], &report, sizeof(report));
    close(ends[0]);
    int status = 0;
    waitpid(child, &status, 0);
    REQUIRE(got == sizeof(report));
    REQUIRE(status == 0);
    return report;
}

template <class Program>
auto prepared_runs() {
    return [runs = new many_runs<Program>] { runs->all(); };
}

bool forbidden(const call_report& report) {
    if (!report.filtered) {
        std::cout << "system calls not counted: this machine forbids filters\n";
    }
    return !report.filtered;
}

}  // namespace

TEST_CASE("the counters count", "[runtime][executor]") {
    std::mutex mutex;
    void* volatile kept = nullptr;
    const counts seen = count_in([&] {
        kept = std::malloc(8);
        std::free(kept);
        kept = ::operator new(8);
        ::operator delete(kept);
        kept = ::operator new(8, std::align_val_t{64});
        ::operator delete(kept, std::align_val_t{64});
        const std::lock_guard lock(mutex);
    });
    CHECK(seen.allocations == 6);
    CHECK(seen.locks == 1);

    const call_report none = calls_of([] { return [] {}; });
    if (forbidden(none)) {
        return;
    }
    CHECK(none.count == 0);
    const call_report three = calls_of([] {
        return [] {
            for (int i = 0; i < 3; ++i) {
                static_cast<void>(syscall(SYS_getpid));
            }
        };
    });
    CHECK(three.count == 3);
    CHECK(three.first == SYS_getpid);
    CHECK(calls_of([] { return [] { static_cast<void>(syscall(SYS_getpid)); }; }, SYS_getpid).count
          == 0);
}

TEST_CASE("a run allocates nothing and locks nothing", "[runtime][executor]") {
    many_runs<single> one;
    const counts of_one = count_in([&] { one.all(); });
    CHECK(of_one.allocations == 0);
    CHECK(of_one.locks == 0);

    many_runs<filtered> other;
    const counts of_other = count_in([&] { other.all(); });
    CHECK(of_other.allocations == 0);
    CHECK(of_other.locks == 0);

    many_runs<twins> two;
    const counts of_two = count_in([&] { two.all(); });
    CHECK(of_two.allocations == 0);
    CHECK(of_two.locks == 0);

    many_runs<halves> shared;
    const counts of_shared = count_in([&] { shared.all(); });
    CHECK(of_shared.allocations == 0);
    CHECK(of_shared.locks == 0);

    many_runs<staged> stages;
    const counts of_stages = count_in([&] { stages.all(); });
    CHECK(of_stages.allocations == 0);
    CHECK(of_stages.locks == 0);
}

namespace {

/// What happens in `rounds` rounds of requests to `served`, a server or a model on a device.
template <class Served>
void serve_rounds(Served& served, int rounds, std::atomic<int>& called_back) {
    static const auto in = test::inputs<small_net>(7);
    static std::vector<float> out(7 * small_net::output_shape::size);
    for (int i = 0; i < rounds; ++i) {
        const completion whole = served.submit(in, out);
        const completion called =
            served.submit(in, out, {.deadline = serving_clock::now() + std::chrono::hours(1)},
                          [&called_back](const request_result&) { ++called_back; });
        const completion cancelled = served.submit(in, out);
        cancelled.cancel();
        whole.wait();
        called.wait();
        cancelled.wait();
    }
}

}  // namespace

TEST_CASE("serving allocates nothing", "[runtime][serving]") {
    const int events = GENERATE(0, 1000);  // of the timeline, which is full soon
    using served = program<small_net, bf16, batch<4>>;
    server<served> serve(
        weights<small_net>(test::random_parameters<small_net>(17)),
        {.workers = 2, .in_flight = 16, .detect_nan = true, .timeline_events = events});
    std::atomic<int> called_back = 0;
    serve_rounds(serve, 100, called_back);  // workers have made what their threads need once
    CHECK(count_in([&] {
              serve_rounds(serve, 2000, called_back);
              static_cast<void>(serve.status());
          }).allocations
          == 0);
    CHECK(called_back == 2100);
    CHECK(serve.status().requests.ended() == 6300);
    const timeline kept = serve.timeline();
    CHECK(kept.events.size() == static_cast<std::size_t>(events));
    CHECK((kept.lost > 6300) == (events > 0));
}

TEST_CASE("serving on a shared device allocates nothing", "[runtime][device]") {
    const int events = GENERATE(0, 1000);
    using served = program<small_net, bf16, batch<4>>;
    const weights<small_net> trained(test::random_parameters<small_net>(17));
    device dev{inf1_xlarge, {2}, {.quantum = std::chrono::microseconds(20)}};
    const load_options options{
        .server = {.workers = 2, .in_flight = 16, .timeline_events = events}};
    const model_handle one = dev.load<served>(trained, options);
    const model_handle other = dev.load<served>(trained, options);
    std::atomic<int> called_back = 0;
    const auto both = [&](int rounds) {
        for (int i = 0; i < rounds; ++i) {
            serve_rounds(one, 1, called_back);
            serve_rounds(other, 1, called_back);
        }
    };
    both(100);
    CHECK(count_in([&] { both(1000); }).allocations == 0);
    CHECK(called_back == 2200);
    CHECK(dev.status().groups[0].context_switches > 100);
    CHECK(other.timeline().events.size() == static_cast<std::size_t>(events));
}

TEST_CASE("a run of one copy calls no system", "[runtime][executor]") {
    const call_report report = calls_of(prepared_runs<single>);
    if (!forbidden(report)) {
        INFO("first system call: " << report.first);
        CHECK(report.count == 0);
    }
}

TEST_CASE("a run of several threads calls the system to sleep and to wake", "[runtime][executor]") {
    // The standard library's atomic wait yields a few times before it sleeps.
    for (const call_report& report :
         {calls_of(prepared_runs<twins>, SYS_futex, SYS_sched_yield),
          calls_of(prepared_runs<halves>, SYS_futex, SYS_sched_yield),
          calls_of(prepared_runs<staged>, SYS_futex, SYS_sched_yield)}) {
        if (!forbidden(report)) {
            INFO("first system call: " << report.first);
            CHECK(report.count == 0);
        }
    }
}

#endif
