// SPDX-License-Identifier: MIT
#include <soma/layers/extents.hpp>

using namespace soma;

static_assert(extents{3, 4, 5}.elements() == 60);
static_assert(extents{100'000, 1000, 1000}.elements() == 100'000'000'000LL, "wider than int");
static_assert(extents{}.elements() == 0);

static_assert(extents{512}.is_vector() && extents{512, 1, 1}.is_vector());
static_assert(!extents{512, 1, 2}.is_vector() && !extents{512, 2, 1}.is_vector());

static_assert(to_text({64, 56, 28}).view() == "64x56x28");
static_assert(to_text({512}).view() == "512");
static_assert(to_text({1, 1, 7}).view() == "1x1x7");
static_assert(to_text({2147483647, 2147483647, 2147483647}).view()
              == "2147483647x2147483647x2147483647");

static_assert(extents{3, 4, 5} == extents{3, 4, 5} && extents{3, 4, 5} != extents{3, 5, 4});
