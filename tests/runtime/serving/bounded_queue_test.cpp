// SPDX-License-Identifier: MIT
#include <cstddef>
#include <deque>
#include <random>

#include <soma/runtime/serving/bounded_queue.hpp>

#include "support/catch.hpp"

using namespace soma;

TEST_CASE("a bounded queue keeps order and its bound", "[runtime][serving]") {
    bounded_queue<int> queue(3);
    CHECK(queue.capacity() == 3);
    CHECK(queue.empty());
    CHECK((queue.push(1) && queue.push(2) && queue.push(3)));
    CHECK(!queue.push(4));
    CHECK(queue.front() == 1);
    queue.pop();
    CHECK(queue.push(4));
    CHECK((queue[0] == 2 && queue[1] == 3 && queue[2] == 4));
}

TEST_CASE("a bounded queue is a deque that refuses", "[runtime][serving]") {
    std::mt19937 random(3);
    for (const std::size_t capacity : {1U, 2U, 7U}) {
        bounded_queue<unsigned> queue(capacity);
        std::deque<unsigned> want;
        bool equal = true;
        for (unsigned i = 0; i < 5000; ++i) {
            switch (random() % 5) {
                case 0:
                case 1:
                case 2:
                    equal = equal && queue.push(i) == (want.size() < capacity);
                    if (want.size() < capacity) {
                        want.push_back(i);
                    }
                    break;
                case 3:
                    if (!want.empty()) {
                        queue.pop();
                        want.pop_front();
                    }
                    break;
                default: {
                    const auto rest = static_cast<unsigned>(random() % 3);
                    queue.remove_if([&](unsigned value) { return value % 3 == rest; });
                    std::erase_if(want, [&](unsigned value) { return value % 3 == rest; });
                }
            }
            equal = equal && queue.size() == want.size();
            for (std::size_t k = 0; equal && k < want.size(); ++k) {
                equal = queue[k] == want[k];
            }
        }
        CHECK(equal);
    }
}
