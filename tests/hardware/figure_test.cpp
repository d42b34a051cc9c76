// SPDX-License-Identifier: MIT
#include <soma/hardware/figure.hpp>

using namespace soma;

// A figure is its value wherever a number is needed.
static_assert(figure{4} + figure{3} == 7 && 2 * figure{2.5} == 5 && figure{} == 0);
static_assert([](double x) { return x; }(figure{1.5, provenance::published, "a page"}) == 1.5);

static_assert(figure{1}.known == provenance::user, "a program's own figure needs no source");
static_assert(figure{1}.source.empty());

static_assert(name(provenance::published) == "published" && name(provenance::inferred) == "inferred"
              && name(provenance::calibrated) == "calibrated" && name(provenance::user) == "user");
