/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands in sys_call_table in place of the handlers, and what they return
 * through. A handler must find the stacks as if the kernel had called it:
 * clone copies what lies right below pt_regs, sigreturn and execve rework it,
 * and a restarted call needs its arguments. So nothing of the hook's is left
 * on either stack while the handler runs, except where it returns to.
 *
 * The kernel goes by sp, r8, gp, the predicates p1 to p5 and the current
 * register frame; the procedure calling standard keeps all but gp and r8.
 */
#include <asm/asmmacro.h>
#include <asm/asm-offsets.h>

#include "ia64/stub_frame.h"

/*
 * A register that its caller never wrote may be a NaT, and storing one faults.
 * The kernel's own entry path makes -1 of those as well.
 */
	.macro store_arguments
	tnat.nz p6,p0=in0
	tnat.nz p7,p0=in1
	tnat.nz p8,p0=in2
	tnat.nz p9,p0=in3
	tnat.nz p10,p0=in4
	tnat.nz p11,p0=in5
	tnat.nz p12,p0=in6
	tnat.nz p13,p0=in7
	adds r16=STUB_ARGS,sp
	adds r17=STUB_ARGS+8,sp
	;;
(p6)	mov in0=-1
(p7)	mov in1=-1
(p8)	mov in2=-1
(p9)	mov in3=-1
(p10)	mov in4=-1
(p11)	mov in5=-1
(p12)	mov in6=-1
(p13)	mov in7=-1
	;;
	st8 [r16]=in0,16
	st8 [r17]=in1,16
	;;
	st8 [r16]=in2,16
	st8 [r17]=in3,16
	;;
	st8 [r16]=in4,16
	st8 [r17]=in5,16
	;;
	st8 [r16]=in6,16
	st8 [r17]=in7
	;;
	.endm

/* Through its descriptor: gp is the kernel's here, and the module has its own. */
	.macro call_c function
	movl r18=@fptr(\function)
	;;
	ld8 r19=[r18],8
	;;
	ld8 gp=[r18]
	mov b6=r19
	;;
	br.call.sptk.many rp=b6
	.endm

/*
 * Called as the handler of any call. f6 to f11 are the caller's still, and
 * sigreturn saves them.
 */
GLOBAL_ENTRY(kstrax_stub_entry)
	.prologue ASM_UNW_PRLG_RP|ASM_UNW_PRLG_PFS, ASM_UNW_PRLG_GRSAVE(8)
	alloc loc1=ar.pfs,8,3,1,0
	.fframe STUB_SIZE
	adds sp=-STUB_SIZE,sp
	mov loc0=rp
	.body
	mov loc2=gp
	;;
	store_arguments
	st8 [r16]=loc0
	adds r18=STUB_F6,sp
	adds r19=STUB_F6+16,sp
	;;
	stf.spill [r18]=f6,32
	stf.spill [r19]=f7,32
	;;
	stf.spill [r18]=f8,32
	stf.spill [r19]=f9,32
	;;
	stf.spill [r18]=f10
	stf.spill [r19]=f11
	adds out0=STUB_REGS,sp
	call_c kstrax_stub_enter
	;;
	mov gp=loc2
	mov b6=r8
	adds r16=STUB_RP,sp
	adds r18=STUB_F6,sp
	adds r19=STUB_F6+16,sp
	;;
	ld8 r16=[r16]
	ldf.fill f6=[r18],32
	ldf.fill f7=[r19],32
	;;
	ldf.fill f8=[r18],32
	ldf.fill f9=[r19],32
	mov rp=r16
	;;
	ldf.fill f10=[r18]
	ldf.fill f11=[r19]
	mov ar.pfs=loc1
	.restore sp
	adds sp=STUB_SIZE,sp
	;;
	br.cond.sptk.many b6
END(kstrax_stub_entry)

/*
 * The current frame is the user's, or none after execve, and no register but
 * r8 holds anything. For the unwinder this is where the kernel was entered:
 * whoever looks at a sleeping task finds its user's registers through here.
 */
	.macro way_back way
	.align 32
	.global kstrax_stub_return_\way
	.proc kstrax_stub_return_\way
kstrax_stub_return_\way:
	.prologue
	.unwabi 3, 'i'
	.fframe IA64_PT_REGS_SIZE+16
	.spillsp rp, IA64_PT_REGS_CR_IIP_OFFSET+16
	.spillsp ar.pfs, IA64_PT_REGS_CR_IFS_OFFSET+16
	.spillsp ar.unat, IA64_PT_REGS_AR_UNAT_OFFSET+16
	.spillsp ar.fpsr, IA64_PT_REGS_AR_FPSR_OFFSET+16
	.spillsp pr, IA64_PT_REGS_PR_OFFSET+16
	.body
{	.mib
	mov r14=\way
	nop.i 0
	br.call.sptk.many rp=call_exit
}
	br.cond.sptk.many b7
	.endp kstrax_stub_return_\way
	.endm

/* r8: what the handler returned, kept; r14: the way. Gives b7, where to go on. */
ENTRY(call_exit)
	.prologue ASM_UNW_PRLG_RP|ASM_UNW_PRLG_PFS, ASM_UNW_PRLG_GRSAVE(8)
	alloc loc1=ar.pfs,8,4,3,0
	.fframe STUB_SIZE
	adds sp=-STUB_SIZE,sp
	mov loc0=rp
	.body
	mov loc2=gp
	mov loc3=r8
	;;
	store_arguments
	adds out0=STUB_REGS,sp
	mov out1=loc3
	mov out2=r14
	call_c kstrax_stub_exit
	;;
	mov gp=loc2
	mov b7=r8
	mov r8=loc3
	mov rp=loc0
	mov ar.pfs=loc1
	.restore sp
	adds sp=STUB_SIZE,sp
	;;
	br.ret.sptk.many rp
END(call_exit)

	way_back 0
	way_back 1
