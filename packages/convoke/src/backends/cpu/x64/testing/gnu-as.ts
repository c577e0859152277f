// What GNU `as` makes of an instruction, byte for byte: the assembler installed, not a file, says what is right.

import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'vitest'
import { type Assembler, createAssembler, gpr } from '../assembler.ts'
import type { Memory } from '../encode.ts'

export const hasBinutils = ['as', 'objcopy'].every((tool) => spawnSync(tool, ['--version']).status === 0)
if (!hasBinutils) console.warn('x64 encodings are not compared: GNU as and objcopy (binutils) are not installed.')

export interface Case {
  /** Intel syntax. */
  readonly text: string
  readonly emit: (asm: Assembler) => void
}

/** No x86 instruction is longer than 15 bytes: each is padded to a slot of 16. */
const slot = 16

function assembled(cases: readonly Case[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'convoke-as-'))
  try {
    const source = cases.map(({ text }) => `${text}\n.balign ${slot}, 0xcc`).join('\n')
    writeFileSync(join(folder, 'a.s'), `.intel_syntax noprefix\n${source}\n`)
    for (const [tool, ...options] of [
      ['as', '--64', '-o', 'a.o', 'a.s'],
      ['objcopy', '-O', 'binary', '-j', '.text', 'a.o', 'a.bin'],
    ]) {
      const { status, stderr } = spawnSync(tool, options, { cwd: folder, encoding: 'utf8' })
      if (status !== 0) throw new Error(stderr)
    }
    const bytes = readFileSync(join(folder, 'a.bin'))
    return cases.map((_, i) => bytes.subarray(i * slot, (i + 1) * slot).toString('hex'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const ours = ({ emit }: Case): string => {
  const asm = createAssembler()
  emit(asm)
  return Buffer.from(asm.finish())
    .toString('hex')
    .padEnd(2 * slot, 'c')
}

export function compare(cases: readonly Case[]): void {
  const expected = assembled(cases)
  expect(cases.map((one, i) => `${one.text}: ${ours(one)} | ${expected[i]}`)).toEqual(
    cases.map((one, i) => `${one.text}: ${expected[i]} | ${expected[i]}`),
  )
}

export const names64 = Object.keys(gpr)
export const names32 = [
  'eax',
  'ecx',
  'edx',
  'ebx',
  'esp',
  'ebp',
  'esi',
  'edi',
  ...names64.slice(8).map((name) => `${name}d`),
]
const pointers = { 1: 'byte', 4: 'dword', 8: 'qword', 16: 'xmmword', 32: 'ymmword', 64: 'zmmword' } as const

/** Bases whose encodings differ: plain, rsp/r12 (SIB), rbp/r13 (always a displacement), high. */
export const bases = [0, 4, 5, 7, 8, 12, 13, 15]
const displacements = [
  0, 1, 4, 16, 64, 127, 128, -64, -128, 504, 508, 512, 2032, 4096, 8128, 8192, -8192, 65536, -1000000,
]
export const memories: Memory[] = bases.flatMap((base) => displacements.map((displacement) => ({ base, displacement })))

export const showMemory = (memory: Memory, bytes: keyof typeof pointers): string => {
  if ('label' in memory) throw new Error('constants are tested by running programs')
  const { base, displacement } = memory
  return `${pointers[bytes]} ptr [${names64[base]}${displacement < 0 ? '-' : '+'}${Math.abs(displacement)}]`
}
