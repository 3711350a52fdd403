/* input.c
 * What a fuzzer's bytes are read as: numbers, choices and byte strings, until there are none left.
 *
 * Copyright (C) 2026 The msturn authors
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "input.h"

bool input_is_empty(const struct input *input)
{
    return input->size == 0;
}

uint8_t input_byte(struct input *input)
{
    if (input->size == 0)
        return 0;
    input->size--;
    return *input->data++;
}

uint16_t input_number16(struct input *input)
{
    const uint8_t high = input_byte(input);

    return (uint16_t)(high << 8 | input_byte(input));
}

uint32_t input_number32(struct input *input)
{
    const uint32_t high = input_number16(input);

    return high << 16 | input_number16(input);
}

/* One byte where that is enough: a change of one byte of the input should change one choice. */
uint32_t input_below(struct input *input, uint32_t limit)
{
    return (limit <= UINT8_MAX + 1 ? input_byte(input) : input_number16(input)) % limit;
}
