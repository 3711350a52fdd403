/* input.h
 * What a fuzzer's bytes are read as: numbers, choices and byte strings, until there are none left.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#ifndef MSTURN_FUZZ_INPUT_H
#define MSTURN_FUZZ_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* libFuzzer's entry point, which each target defines. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Bytes that are read from front to back. Behind the end everything is 0. */
struct input {
    const uint8_t *data;
    size_t size;
};

bool input_is_empty(const struct input *input);
uint8_t input_byte(struct input *input);
uint16_t input_number16(struct input *input);
uint32_t input_number32(struct input *input);

/* A number from 0 to limit - 1; limit is 1 to 65536. */
uint32_t input_below(struct input *input, uint32_t limit);

#endif
