// SPDX-License-Identifier: MIT
#include <soma/hardware/sources.hpp>

using namespace soma;

static_assert(published(3, sources::inf1).known == provenance::published
              && published(3, sources::inf1) == 3.0
              && published(3, sources::inf1).source == sources::inf1);
static_assert(inferred(3, "because").known == provenance::inferred
              && inferred(3, "because").source == "because");
static_assert(units::gib == 1'073'741'824 && units::mib == 1'048'576);
