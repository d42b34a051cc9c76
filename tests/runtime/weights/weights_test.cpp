// SPDX-License-Identifier: MIT
#include <algorithm>
#include <concepts>
#include <cstring>
#include <new>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include <soma/compile/program.hpp>
#include <soma/runtime/weights/load.hpp>
#include <soma/runtime/weights/save.hpp>
#include <soma/runtime/weights/weights.hpp>

#include "io/files.hpp"
#include "support/catch.hpp"
#include "support/raw_graph.hpp"
#include "support/small_net.hpp"

using namespace soma;
using test::small_net;

namespace {

using isa = simd::isa::baseline;
template <class Precision>
using form = formatted<small_net, Precision, isa>;

}  // namespace

static_assert(
    std::same_as<program<small_net, bf16, batch<3>, isa>::formatted_type,
                 program<small_net, bf16, schedule<batch<9>, replicate<2>>, isa>::formatted_type>,
    "one way of packing serves every schedule");

TEST_CASE("weights are packed once for each way of packing", "[runtime][weights]") {
    const weights<small_net> trained(test::random_parameters<small_net>(1));
    const auto a = trained.packed<form<fp32>, isa>();
    const auto b = trained.packed<form<fp32>, isa>();
    const auto c = trained.packed<form<bf16>, isa>();
    CHECK(a.get() == b.get());
    CHECK(a.get() != c.get());
    CHECK(a->size() == form<fp32>::packed_bytes);
    CHECK(c->size() == form<bf16>::packed_bytes);
}

TEST_CASE("copies share one set, others do not", "[runtime][weights]") {
    const weights<small_net> trained(test::random_parameters<small_net>(1));
    const weights<small_net> copy = trained;
    const weights<small_net> other(test::random_parameters<small_net>(1));
    const auto packed = trained.packed<form<fp32>, isa>();
    CHECK(copy.packed<form<fp32>, isa>().get() == packed.get());
    CHECK(other.packed<form<fp32>, isa>().get() != packed.get());
    CHECK(&copy.values() == &trained.values());
}

TEST_CASE("packed weights live as long as somebody uses them", "[runtime][weights]") {
    std::weak_ptr<const aligned_buffer> watched;
    std::shared_ptr<const aligned_buffer> again;
    {
        const weights<small_net> trained(test::random_parameters<small_net>(1));
        watched = trained.packed<form<fp32>, isa>();
        CHECK(watched.expired());
        again = trained.packed<form<fp32>, isa>();
        CHECK(trained.packed<form<fp32>, isa>().get() == again.get());
    }
    CHECK(again->size() == form<fp32>::packed_bytes);
}

TEST_CASE("a file packs to the bytes of its tensors in memory", "[runtime][weights]") {
    const test::temporary_folder folder;
    const std::string path = folder.file("net");
    save(path, test::random_parameters<small_net>(1));
    const weights<small_net> memory(test::random_parameters<small_net>(1));
    const weights<small_net> file = load<small_net>(path);
    const auto check = [&]<class Precision>(std::type_identity<Precision>) {
        const auto a = memory.packed<form<Precision>, isa>();
        const auto b = file.packed<form<Precision>, isa>();
        REQUIRE(a->size() == b->size());
        CHECK(std::memcmp(a->data(), b->data(), a->size()) == 0);
    };
    check(std::type_identity<fp32>{});
    check(std::type_identity<bf16>{});
    const parameters<small_net>* const values = &file.values();
    CHECK(values == &weights<small_net>(file).values());
    for (const parameter_spec& spec : parameters<small_net>::table::specs) {
        CHECK(std::ranges::equal(values->of(spec), memory.values().of(spec)));
    }
    // Once its values are in memory the file still serves those who pack.
    check(std::type_identity<fp16>{});
}

TEST_CASE("any thread may ask for packed weights", "[runtime][weights]") {
    const weights<small_net> trained(test::random_parameters<small_net>(1));
    std::vector<std::shared_ptr<const aligned_buffer>> got(4);
    std::vector<std::thread> threads;
    for (auto& place : got) {
        threads.emplace_back([&] { place = trained.packed<form<fp32>, isa>(); });
    }
    for (std::thread& t : threads) {
        t.join();
    }
    for (const auto& packed : got) {
        CHECK(packed.get() == got[0].get());
    }
}

TEST_CASE("who comes first packs as it likes, others get what it made", "[runtime][weights]") {
    const weights<small_net> trained(test::random_parameters<small_net>(1));
    int packs = 0;
    const auto backwards = [&](const tensor_source& source, aligned_buffer& blob) {
        ++packs;
        for (int i = form<bf16>::size - 1; i >= 0; --i) {
            pack_nodes<form<bf16>, isa>(source, i, i + 1, blob.data());
        }
    };
    const auto a = trained.packed_by<form<bf16>>(backwards);
    const auto b = trained.packed_by<form<bf16>>(backwards);
    const auto c = trained.packed<form<bf16>, isa>();
    CHECK(packs == 1);
    CHECK(a.get() == b.get());
    CHECK(a.get() == c.get());
    const weights<small_net> others(test::random_parameters<small_net>(1));
    const auto want = others.packed<form<bf16>, isa>();
    CHECK(std::memcmp(a->data(), want->data(), want->size()) == 0);
}

TEST_CASE("packing that fails leaves nothing to the next caller", "[runtime][weights]") {
    const weights<small_net> trained(test::random_parameters<small_net>(1));
    const auto failing = [](const tensor_source&, aligned_buffer&) { throw std::bad_alloc(); };
    CHECK_THROWS_AS(trained.packed_by<form<fp32>>(failing), std::bad_alloc);
    const auto packed = trained.packed<form<fp32>, isa>();
    const aligned_buffer want = pack_weights<form<fp32>, isa>(trained.values());
    CHECK(std::memcmp(packed->data(), want.data(), want.size()) == 0);
}
