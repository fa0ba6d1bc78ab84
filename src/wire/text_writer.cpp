// SPDX-License-Identifier: MIT
#include <hubtwin/impl/wire/text_writer.ipp>
