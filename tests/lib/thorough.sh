# SPDX-License-Identifier: MIT
# shellcheck shell=bash
#
# What tests/run --all adds to the everyday check. Sourced by tests/run.

# shellcheck disable=SC2034  # read by tests/run
thorough_stages=()
