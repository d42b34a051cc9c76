// SPDX-License-Identifier: MIT
#pragma once

/// \file
/// Catch2 under one name: the single header of version 2 or the split headers of version 3.

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
