/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "crash-ext/crash_shim.h"

#include <crash/defs.h>

/*
 * Runs work(argument), which calls crash. Where crash gives up with error(FATAL)
 * and jumps to the prompt, it comes back here instead: false.
 */
static bool guarded(void (*work)(void *), void *argument)
{
	const volatile unsigned long long in_foreach =
		pc->flags & IN_FOREACH; /* it would jump elsewhere */
	volatile bool done = false;
	jmp_buf prompt;

	memcpy(&prompt, &pc->main_loop_env, sizeof prompt);
	pc->flags &= ~IN_FOREACH;
	if (setjmp(pc->main_loop_env) == 0) {
		work(argument);
		done = true;
	}
	memcpy(&pc->main_loop_env, &prompt, sizeof prompt);
	pc->flags |= in_foreach;
	return done;
}

struct reading {
	ulonglong at;
	int kind;
	void *out;
	size_t size;
	bool ok;
};

static void do_read(void *argument)
{
	struct reading *reading = argument;

	reading->ok = readmem(reading->at, reading->kind, reading->out, (long)reading->size,
			      "kstrax", RETURN_ON_ERROR | QUIET) != 0;
}

static bool read_memory(uint64_t at, int kind, void *out, size_t size)
{
	struct reading reading = { at, kind, out, size, false };

	return guarded(do_read, &reading) && reading.ok;
}

bool kstrax_crash_read_physical(uint64_t at, void *out, size_t size)
{
	return read_memory(at, PHYSADDR, out, size);
}

bool kstrax_crash_read_virtual(uint64_t at, void *out, size_t size)
{
	return read_memory(at, KVADDR, out, size);
}

struct translation {
	ulong address;
	physaddr_t physical;
	bool ok;
};

static void translate(void *argument)
{
	struct translation *translation = argument;

	translation->ok = kvtop(NULL, translation->address, &translation->physical, 0) != 0;
}

bool kstrax_crash_physical_address(uint64_t virtual_address, uint64_t *physical)
{
	struct translation translation = { (ulong)virtual_address, 0, false };

	if (!guarded(translate, &translation) || !translation.ok)
		return false;
	*physical = translation.physical;
	return true;
}

struct search {
	const char *name;
	struct syment *symbol;
	struct load_module *module;
};

static void search_symbol(void *argument)
{
	struct search *search = argument;

	search->symbol = symbol_search((char *)search->name);
}

bool kstrax_crash_symbol(const char *name, uint64_t *address)
{
	struct search search = { name, NULL, NULL };

	if (!guarded(search_symbol, &search) || search.symbol == NULL)
		return false;
	*address = search.symbol->value;
	return true;
}

/* crash's own search: its array of modules has elements of another size in each version. */
static void search_module(void *argument)
{
	struct search *search = argument;

	if (!is_module_name((char *)search->name, NULL, &search->module))
		search->module = NULL;
}

bool kstrax_crash_module(const char *name, uint64_t *start, uint64_t *size)
{
	struct search search = { name, NULL, NULL };

	if (st->load_modules == NULL || !guarded(search_module, &search) || search.module == NULL ||
	    search.module->mod_size <= 0)
		return false;
	*start = search.module->mod_base;
	*size = (uint64_t)search.module->mod_size;
	return true;
}

const char kstrax_crash_built_for[] = CRASH_VERSION;

/* A symbol, not the member of crash's program_context: that lies elsewhere in each version. */
const char *kstrax_crash_version(void)
{
	return build_version;
}

bool kstrax_crash_has_tasks(void)
{
	return (pc->flags & MINIMAL_MODE) == 0 && tt->context_array != NULL;
}

bool kstrax_crash_task_at(size_t index, struct kstrax_crash_task *task)
{
	const struct task_context *context;

	if (!kstrax_crash_has_tasks() || index >= tt->running_tasks)
		return false;
	context = &tt->context_array[index];
	task->address = context->task;
	task->pid = (uint32_t)context->pid;
	snprintf(task->command, sizeof task->command, "%.*s", (int)sizeof context->comm,
		 context->comm);
	return true;
}

bool kstrax_crash_current_pid(uint32_t *pid)
{
	if (!kstrax_crash_has_tasks() || tt->current == NULL)
		return false;
	*pid = (uint32_t)tt->current->pid;
	return true;
}

struct state_text {
	ulong task;
	char text[BUFSIZE];
};

static void ask_state(void *argument)
{
	struct state_text *state = argument;

	task_state_string(state->task, state->text, 0);
}

bool kstrax_crash_state(uint64_t task, char *text, size_t size)
{
	struct state_text state = { .task = (ulong)task };

	if (!guarded(ask_state, &state))
		return false;
	snprintf(text, size, "%s", state.text);
	return true;
}

bool kstrax_crash_panicked(uint64_t task)
{
	return task != 0 && task == tt->panic_task;
}

bool kstrax_crash_running_on(uint64_t task, uint32_t *cpu)
{
	bool found = false;

	/* Of a live system, crash knows no active set. */
	for (uint32_t i = 0; !kstrax_crash_is_live() && tt->active_set != NULL && i < NR_CPUS;
	     i++) {
		if (tt->active_set[i] != task)
			continue;
		*cpu = i;
		found = true;
	}
	return found;
}

struct member {
	const char *type, *name;
	long offset, size;
};

static void ask_member(void *argument)
{
	struct member *member = argument;
	char *type = (char *)member->type, *name = (char *)member->name;

	if (name == NULL) {
		member->offset = 0;
		member->size = datatype_info(type, NULL, STRUCT_SIZE_REQUEST);
		return;
	}
	member->offset = datatype_info(type, name, NULL);
	member->size = datatype_info(type, name, MEMBER_SIZE_REQUEST);
	if (member->offset >= 0)
		return;
	/* Of an unnamed part. */
	member->offset = datatype_info(type, name, ANON_MEMBER_OFFSET_REQUEST);
	member->size = datatype_info(type, name, ANON_MEMBER_SIZE_REQUEST);
}

bool kstrax_crash_member(const char *type, const char *name, uint64_t *offset, uint64_t *size)
{
	struct member member = { type, name, -1, -1 };

	if (!guarded(ask_member, &member) || member.offset < 0 || member.size < 0)
		return false;
	*offset = (uint64_t)member.offset;
	*size = (uint64_t)member.size;
	return true;
}

const char *kstrax_crash_source_name(void)
{
	if (pc->dumpfile != NULL)
		return pc->dumpfile;
	return pc->live_memsrc != NULL ? pc->live_memsrc : "live memory";
}

bool kstrax_crash_is_live(void)
{
	return (pc->flags & LIVE_SYSTEM) != 0;
}

const char *kstrax_crash_argument(size_t index)
{
	return index < (size_t)argcnt ? args[index] : NULL;
}

FILE *kstrax_crash_output(void)
{
	return fp;
}

void kstrax_crash_end_with_usage(void)
{
	cmd_usage(pc->curcmd, SYNOPSIS);
}

void kstrax_crash_register(const char *name, void (*command)(void), const char **help)
{
	static struct command_table_entry table[2];

	table[0].name = (char *)name;
	table[0].func = command;
	table[0].help_data = (char **)help;
	table[0].flags = MINIMAL | REFRESH_TASK_TABLE;
	register_extension(table);
}
