# A short run of a fuzz target: so many inputs, from a fixed seed and an empty folder, so that each run is the same.
#
# Copyright (C) 2026 The msturn authors
# SPDX-License-Identifier: GPL-2.0-or-later

# libFuzzer writes what it finds to the first folder.
file(REMOVE_RECURSE "${FOLDER}")
file(MAKE_DIRECTORY "${FOLDER}")
set(inputs "${SOURCE}/corpus/${TARGET}")
if(EXISTS "${SOURCE}/found/${TARGET}")
    list(APPEND inputs "${SOURCE}/found/${TARGET}")
endif()
execute_process(
    COMMAND "${PROGRAM}" -runs=${RUNS} -seed=1 -max_len=${LONGEST} "-dict=${SOURCE}/msturn.dict"
        "-artifact_prefix=${FOLDER}/" "${FOLDER}" ${inputs}
    RESULT_VARIABLE status)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "fuzz_${TARGET} ended with ${status}; the input is in ${FOLDER}")
endif()
