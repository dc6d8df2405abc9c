/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What crash_api.cpp asks of crash(8), in C: crash's header is C, and what is
 * valid there need not be valid C++. crash gives up by a longjmp to its prompt;
 * none leaves these functions. Answers of bool say whether there is one.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* All or nothing; says nothing where memory cannot be read. */
bool kstrax_crash_read_physical(uint64_t at, void *out, size_t size);
bool kstrax_crash_read_virtual(uint64_t at, void *out, size_t size);
bool kstrax_crash_physical_address(uint64_t virtual_address, uint64_t *physical);
bool kstrax_crash_symbol(const char *name, uint64_t *address);
bool kstrax_crash_module(const char *name, uint64_t *start, uint64_t *size);

/* The version of the crash that this was built for, and of the one that it runs in. */
extern const char kstrax_crash_built_for[];
const char *kstrax_crash_version(void);

struct kstrax_crash_task {
	uint64_t address; /* of its task_struct */
	uint32_t pid;
	char command[32]; /* cut off if longer */
};

bool kstrax_crash_has_tasks(void);
/* One of crash's task table; false beyond its end. */
bool kstrax_crash_task_at(size_t index, struct kstrax_crash_task *task);
bool kstrax_crash_current_pid(uint32_t *pid);
/* As crash's ps has it, cut off if longer. */
bool kstrax_crash_state(uint64_t task, char *text, size_t size);
bool kstrax_crash_panicked(uint64_t task);
bool kstrax_crash_running_on(uint64_t task, uint32_t *cpu);
/* Where a member lies in a struct of the kernel, and its bytes; member null: of the struct itself. */
bool kstrax_crash_member(const char *type, const char *member, uint64_t *offset, uint64_t *size);

const char *kstrax_crash_source_name(void);
bool kstrax_crash_is_live(void);
/* The command's words, its own name first; null beyond the last. */
const char *kstrax_crash_argument(size_t index);
FILE *kstrax_crash_output(void);
/* Does not return: ends the command by crash's own jump. */
void kstrax_crash_end_with_usage(void);
void kstrax_crash_register(const char *name, void (*command)(void), const char **help);

#ifdef __cplusplus
}
#endif
