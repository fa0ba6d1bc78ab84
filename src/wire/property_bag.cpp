// SPDX-License-Identifier: MIT
#include <hubtwin/impl/wire/property_bag.ipp>
