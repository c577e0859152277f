// The two pieces of machine code that are not kernels: running a table of calls, and asking the processor what it is.

import { type Convention, createAssembler, gpr } from '../../x64/index.ts'
import { entryBytes } from '../call-table.ts'

/** `void run(entries, count)`: calls every entry's code with its argument block. */
export function runTableCode(convention: Convention): Uint8Array<ArrayBuffer> {
  const asm = createAssembler()
  const [first, second] = convention.integers
  const { rbx, rbp } = gpr
  const [head, end] = [asm.label(), asm.label()]
  asm.push(rbx)
  asm.push(rbp)
  asm.mov(rbx, first)
  asm.mov(rbp, second)
  asm.test(rbp, rbp)
  asm.jumpIf('le', end)
  asm.bind(head)
  asm.load(first, { base: rbx, displacement: 8 })
  asm.call({ base: rbx, displacement: 0 })
  asm.arithmeticImmediate('add', rbx, entryBytes)
  asm.dec(rbp)
  asm.jumpIf('ne', head)
  asm.bind(end)
  asm.pop(rbp)
  asm.pop(rbx)
  asm.ret()
  return asm.finish()
}

/**
 * `void cpuid(registers, extended)`: replaces the four int32 eax, ebx, ecx, edx at `registers` by what CPUID returns for
 * that eax and ecx; with `extended` ≠ 0 by XCR0 in eax and edx, which only an operating system with XSAVE allows.
 */
export function processorCode(convention: Convention): Uint8Array<ArrayBuffer> {
  const asm = createAssembler()
  const [first, second] = convention.integers
  const { rax, rbx, rcx, rdx, r8 } = gpr
  const [extended, store] = [asm.label(), asm.label()]
  const at = (displacement: number) => ({ base: r8, displacement })
  asm.push(rbx)
  asm.mov(r8, first)
  asm.test(second, second)
  asm.jumpIf('ne', extended)
  asm.loadInt32(rax, at(0))
  asm.loadInt32(rcx, at(8))
  asm.cpuid()
  asm.jump(store)
  asm.bind(extended)
  asm.movImmediate(rcx, 0)
  asm.movImmediate(rbx, 0)
  asm.xgetbv()
  asm.bind(store)
  asm.store32(at(0), rax)
  asm.store32(at(4), rbx)
  asm.store32(at(8), rcx)
  asm.store32(at(12), rdx)
  asm.pop(rbx)
  asm.ret()
  return asm.finish()
}
