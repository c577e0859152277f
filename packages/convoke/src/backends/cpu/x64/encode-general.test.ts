// Encodings of general registers and jumps against GNU `as`.

import { describe, expect, test } from 'vitest'
import { type Assembler, type ConditionCode, conditionCodes, createAssembler } from './assembler.ts'
import { bases, type Case, compare, hasBinutils, memories, names32, names64, showMemory } from './testing/gnu-as.ts'

const numbers = [0, 1, -1, 127, 128, -128, -129, 4096, 2 ** 31 - 1, -(2 ** 31)]
const pairs = bases.flatMap((a) => bases.map((b) => [a, b] as const))
const codes = { eq: 'e', ne: 'ne', lt: 'l', ge: 'ge', le: 'le', gt: 'g' } as const

const general: Case[] = [
  ...pairs.flatMap(([a, b]): Case[] => [
    { text: `mov ${names64[a]}, ${names64[b]}`, emit: (asm) => asm.mov(a, b) },
    { text: `imul ${names64[a]}, ${names64[b]}`, emit: (asm) => asm.imul(a, b) },
    { text: `imul ${names64[a]}, ${names64[b]}, 12`, emit: (asm) => asm.imulImmediate(a, b, 12) },
    { text: `imul ${names64[a]}, ${names64[b]}, -1000`, emit: (asm) => asm.imulImmediate(a, b, -1000) },
    { text: `test ${names64[a]}, ${names64[b]}`, emit: (asm) => asm.test(a, b) },
    ...(['add', 'or', 'and', 'sub', 'xor', 'cmp'] as const).map((name) => ({
      text: `${name} ${names64[a]}, ${names64[b]}`,
      emit: (asm: Assembler) => asm.arithmetic(name, a, b),
    })),
    ...(Object.keys(conditionCodes) as ConditionCode[]).map((code) => ({
      text: `cmov${codes[code]} ${names64[a]}, ${names64[b]}`,
      emit: (asm: Assembler) => asm.cmov(code, a, b),
    })),
  ]),
  ...bases.flatMap((a): Case[] => [
    ...numbers.flatMap((value): Case[] =>
      (['add', 'or', 'and', 'sub', 'xor', 'cmp'] as const).map((name) => ({
        text: `${name} ${names64[a]}, ${value}`,
        emit: (asm) => asm.arithmeticImmediate(name, a, value),
      })),
    ),
    { text: `mov ${names32[a]}, 77`, emit: (asm) => asm.movImmediate(a, 77) },
    { text: `mov ${names64[a]}, -77`, emit: (asm) => asm.movImmediate(a, -77) },
    { text: `movabs ${names64[a]}, 0x123456789a`, emit: (asm) => asm.movImmediate(a, 0x123456789a) },
    { text: `movabs ${names64[a]}, -78187493530`, emit: (asm) => asm.movImmediate(a, -78187493530) },
    { text: `shl ${names64[a]}, 1`, emit: (asm) => asm.shiftImmediate('shl', a, 1) },
    { text: `shl ${names64[a]}, 31`, emit: (asm) => asm.shiftImmediate('shl', a, 31) },
    { text: `sar ${names64[a]}, 1`, emit: (asm) => asm.shiftImmediate('sar', a, 1) },
    { text: `sar ${names64[a]}, 2`, emit: (asm) => asm.shiftImmediate('sar', a, 2) },
    { text: `dec ${names64[a]}`, emit: (asm) => asm.dec(a) },
    { text: `push ${names64[a]}`, emit: (asm) => asm.push(a) },
    { text: `pop ${names64[a]}`, emit: (asm) => asm.pop(a) },
    { text: `call ${names64[a]}`, emit: (asm) => asm.call(a) },
  ]),
  ...memories.flatMap((m, i): Case[] => {
    const a = i % 16
    return [
      { text: `mov ${names64[a]}, ${showMemory(m, 8)}`, emit: (asm) => asm.load(a, m) },
      { text: `movsxd ${names64[a]}, ${showMemory(m, 4)}`, emit: (asm) => asm.loadInt32(a, m) },
      { text: `mov ${showMemory(m, 8)}, ${names64[a]}`, emit: (asm) => asm.store(m, a) },
      { text: `mov ${showMemory(m, 4)}, ${names32[a]}`, emit: (asm) => asm.store32(m, a) },
      { text: `lea ${names64[a]}, ${showMemory(m, 8)}`, emit: (asm) => asm.lea(a, m) },
      { text: `prefetcht0 ${showMemory(m, 1)}`, emit: (asm) => asm.prefetch(m) },
      { text: `call ${showMemory(m, 8)}`, emit: (asm) => asm.call(m) },
    ]
  }),
  { text: 'cpuid', emit: (asm) => asm.cpuid() },
  { text: 'xgetbv', emit: (asm) => asm.xgetbv() },
  { text: 'vzeroupper', emit: (asm) => asm.vzeroupper() },
  { text: 'ret', emit: (asm) => asm.ret() },
]

const jumps: Case[] = (Object.keys(codes) as ConditionCode[]).map((code) => ({
  text: `{disp32} j${codes[code]} 1f\n1:`,
  emit: (asm) => {
    const label = asm.label()
    asm.jumpIf(code, label)
    asm.bind(label)
  },
}))

const backwards: Case[] = (Object.keys(codes) as ConditionCode[]).map((code) => ({
  text: `1: push rax\npop rax\nj${codes[code]} 1b`,
  emit: (asm) => {
    const label = asm.label()
    asm.bind(label)
    asm.push(0)
    asm.pop(0)
    asm.jumpIf(code, label)
  },
}))

describe.skipIf(!hasBinutils)('x86-64 encodings are those of GNU as:', () => {
  test('general registers', () => {
    compare(general)
  })

  test('jumps forward, and back by a short one', () => {
    compare(jumps)
    compare(backwards)
    compare([
      {
        text: '{disp32} jmp 1f\n1:',
        emit: (asm) => {
          const label = asm.label()
          asm.jump(label)
          asm.bind(label)
        },
      },
    ])
  })
})

test('a jump back over more than 128 bytes takes the long form', () => {
  const asm = createAssembler()
  const label = asm.label()
  asm.bind(label)
  for (let i = 0; i < 130; i++) asm.ret()
  asm.jumpIf('ne', label)
  const code = asm.finish()
  expect([...code.slice(130)]).toEqual([0x0f, 0x85, 0x78, 0xff, 0xff, 0xff])
})

test('alignment pads to the boundary with the fewest NOPs', () => {
  const padding = (distance: number): number[] => {
    const asm = createAssembler()
    for (let i = 0; i < 32 - distance; i++) asm.ret()
    asm.align(32)
    return [...asm.finish().slice(32 - distance)]
  }
  expect(padding(0)).toEqual([])
  expect(padding(3)).toEqual([0x0f, 0x1f, 0x00])
  expect(padding(9)).toEqual([0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0, 0x90])
  expect(padding(31)).toHaveLength(31)
})
