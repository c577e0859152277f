// Every vector encoding against GNU `as`.

import { describe, expect, test } from 'vitest'
import type { Assembler } from './assembler.ts'
import type { Memory, VectorOperands, VectorWidth } from './encode.ts'
import { opcodes, type VectorOpcodeName } from './opcodes.ts'
import { bases, type Case, compare, hasBinutils, memories, names32, names64, showMemory } from './testing/gnu-as.ts'

const prefixOf = { 128: 'xmm', 256: 'ymm', 512: 'zmm' } as const

const few: Memory[] = [0, 4, 5, 12, 13, 15].flatMap((base) =>
  [0, 32, 64, -8200].map((displacement) => ({ base, displacement })),
)
const high = [0, 7, 8, 15, 16, 23, 24, 31]
const low = [0, 7, 8, 15]

type Operands = Omit<VectorOperands, 'reg' | 'rm' | 'width'>

const form = (name: VectorOpcodeName, text: string, operands: VectorOperands): Case => ({
  text: `{load} ${text}`,
  emit: (asm) => asm.vector(name, operands),
})

interface Shape {
  readonly mnemonic?: string
  /** Written before the register operands' last: `vaddps d, a, b` has one, `vmovups d, b` none. */
  readonly sources?: 0 | 1
  readonly immediate?: number
  readonly broadcast?: boolean
  readonly destination?: 'k'
  readonly memoryOnly?: boolean
}

/** Register, memory and broadcast forms of an instruction in its VEX (when `width` is not 512) and EVEX encodings. */
function forms(name: VectorOpcodeName, width: VectorWidth, registers: readonly number[], shape: Shape = {}): Case[] {
  const { mnemonic = name, sources = 1, immediate, broadcast, destination, memoryOnly } = shape
  const p = prefixOf[width]
  const rest: Operands = immediate === undefined ? {} : { immediate }
  const end = immediate === undefined ? '' : `, ${immediate}`
  const d = (register: number) => (destination === 'k' ? `k${register & 7}` : `${p}${register}`)
  const reg = (register: number) => (destination === 'k' ? register & 7 : register)
  const triples = registers.flatMap((a, i) => registers.map((b, j) => [a, b, registers[(i + j) % registers.length]]))
  const middle = (v: number) => (sources === 1 ? ` ${p}${v},` : '')
  const vvvv = (v: number): Operands => (sources === 1 ? { vvvv: v } : {})
  const inRegisters = triples.map(([a, b, c]) =>
    form(name, `${mnemonic} ${d(a)},${middle(b)} ${p}${c}${end}`, { width, reg: reg(a), rm: c, ...vvvv(b), ...rest }),
  )
  const places = memories.map((rm, i) => {
    const [a, b] = [registers[i % registers.length], registers[(i * 3 + 1) % registers.length]]
    const text = `${mnemonic} ${d(a)},${middle(b)} ${showMemory(rm, (width / 8) as 16 | 32 | 64)}${end}`
    return form(name, text, { width, reg: reg(a), rm, ...vvvv(b), ...rest })
  })
  const each = !broadcast
    ? []
    : memories.map((rm, i) => {
        const [a, b] = [registers[(i + 2) % registers.length], registers[i % registers.length]]
        const text = `${mnemonic} ${d(a)},${middle(b)} ${showMemory(rm, 4)}{1to${width / 32}}${end}`
        return form(name, text, { width, reg: reg(a), rm, ...vvvv(b), ...rest, broadcast: true })
      })
  return [...(memoryOnly ? [] : inRegisters), ...places, ...each]
}

const threeOperands: VectorOpcodeName[] = [
  ...(['vaddps', 'vmulps', 'vsubps', 'vminps', 'vdivps', 'vmaxps', 'vandps', 'vandnps', 'vorps', 'vxorps'] as const),
  ...(['vfmadd213ps', 'vfmadd231ps', 'vfnmadd231ps', 'vpaddd', 'vpsubd', 'vpmulld', 'vpmaxsd', 'vpminsd'] as const),
  ...(['vunpcklps', 'vunpckhps'] as const),
]
const twoOperands: VectorOpcodeName[] = ['vsqrtps', 'vcvttps2dq', 'vcvtdq2ps']

const vectorGroups: Record<string, Case[]> = {
  'arithmetic, 512 bits': threeOperands.flatMap((name) => forms(name, 512, high, { broadcast: true })),
  'powers of two': forms('vscalefps', 512, high, { broadcast: true }),
  'arithmetic, 256 bits': threeOperands.flatMap((name) => forms(name, 256, low)),
  'arithmetic, 128 bits': ['vaddps', 'vxorps', 'vpaddd'].flatMap((name) => forms(name as VectorOpcodeName, 128, low)),
  'conversions and roots': [
    ...twoOperands.flatMap((name) => forms(name, 512, high, { sources: 0, broadcast: true })),
    ...twoOperands.flatMap((name) => forms(name, 256, low, { sources: 0 })),
  ],
  rounding: [8, 9, 10, 11].flatMap((immediate) => [
    ...forms('vroundps', 256, low, { sources: 0, immediate }),
    ...forms('vroundps', 512, high, { mnemonic: 'vrndscaleps', sources: 0, immediate, broadcast: true }),
  ]),
  comparisons: [
    ...[0, 4, 0x11, 0x12, 0x1d, 0x1e].flatMap((immediate) => [
      ...forms('vcmpps', 256, low, { immediate }),
      ...forms('vcmpps', 512, high, { immediate, destination: 'k', broadcast: true }),
    ]),
    ...(['vpcmpeqd', 'vpcmpgtd'] as const).flatMap((name) => [
      ...forms(name, 256, low),
      ...forms(name, 512, high, { destination: 'k' }),
    ]),
  ],
  shuffles: [
    ...forms('vshufps', 256, low, { immediate: 0x44 }),
    ...forms('vshufps', 512, high, { immediate: 0xee }),
    ...forms('vpermilps', 256, low, { sources: 0, immediate: 0xb1 }),
    ...forms('vpermilps', 512, high, { sources: 0, immediate: 0x4e }),
    ...forms('vperm2f128', 256, low, { immediate: 0x31 }),
    ...forms('vshuff32x4', 512, high, { immediate: 0x88 }),
    ...forms('vpermps', 256, low),
    ...forms('vpermps', 512, high),
    ...forms('vpermi2ps', 512, high),
    ...forms('vblendps', 256, low, { immediate: 0xa5 }),
    ...forms('vpshufb', 256, low),
    ...forms('vpermd', 256, low),
  ],
  'loads and moves': [
    ...forms('vmovups', 512, high, { sources: 0 }),
    ...forms('vmovups', 256, low, { sources: 0 }),
    ...forms('vmovups', 128, low, { sources: 0 }),
    ...forms('vmovaps', 512, high, { sources: 0 }),
    ...forms('vmovaps', 256, low, { sources: 0 }),
    ...forms('vmaskmovps', 256, low, { memoryOnly: true }),
  ],
  stores: memories.flatMap((rm, i) => [
    form('vmovupsStore', `vmovups ${showMemory(rm, 64)}, zmm${high[i % 8]}`, { width: 512, reg: high[i % 8], rm }),
    form('vmovupsStore', `vmovups ${showMemory(rm, 32)}, ymm${low[i % 4]}`, { width: 256, reg: low[i % 4], rm }),
    form('vmovupsStore', `vmovups ${showMemory(rm, 16)}, xmm${low[i % 4]}`, { width: 128, reg: low[i % 4], rm }),
    form('vmaskmovpsStore', `vmaskmovps ${showMemory(rm, 32)}, ymm${low[(i + 1) % 4]}, ymm${low[i % 4]}`, {
      ...{ width: 256, reg: low[i % 4], vvvv: low[(i + 1) % 4], rm },
    }),
  ]),
  'elements and bytes': memories.flatMap((rm, i) => {
    const [h, l] = [high[i % 8], low[i % 4]]
    return [
      form('vbroadcastss', `vbroadcastss zmm${h}, ${showMemory(rm, 4)}`, { width: 512, reg: h, rm }),
      form('vbroadcastss', `vbroadcastss ymm${l}, ${showMemory(rm, 4)}`, { width: 256, reg: l, rm }),
      form('vmovss', `vmovss xmm${l}, ${showMemory(rm, 4)}`, { width: 128, reg: l, rm }),
      form('vmovssStore', `vmovss ${showMemory(rm, 4)}, xmm${l}`, { width: 128, reg: l, rm }),
      form('vmovsd', `vmovsd xmm${l}, ${showMemory(rm, 8)}`, { width: 128, reg: l, rm }),
      form('vmovsdStore', `vmovsd ${showMemory(rm, 8)}, xmm${l}`, { width: 128, reg: l, rm }),
      form('vmovd', `vmovd xmm${l}, ${showMemory(rm, 4)}`, { width: 128, reg: l, rm }),
      form('vmovdStore', `vmovd ${showMemory(rm, 4)}, xmm${l}`, { width: 128, reg: l, rm }),
      form('vmovqStore', `vmovq ${showMemory(rm, 8)}, xmm${l}`, { width: 128, reg: l, rm }),
      form('vpmovzxbd', `vpmovzxbd zmm${h}, ${showMemory(rm, 16)}`, { width: 512, reg: h, rm }),
      form('vpmovzxbd', `vpmovzxbd ymm${l}, ${showMemory(rm, 8)}`, { width: 256, reg: l, rm }),
      form('vpmovdbStore', `vpmovdb ${showMemory(rm, 16)}, zmm${h}`, { width: 512, reg: h, rm }),
      form('vpinsrb', `vpinsrb xmm${l}, xmm${l}, ${showMemory(rm, 1)}, 5`, {
        ...{ width: 128, reg: l, vvvv: l, rm, immediate: 5 },
      }),
      form('vpextrb', `vpextrb ${showMemory(rm, 1)}, xmm${l}, 6`, { width: 128, reg: l, rm, immediate: 6 }),
    ]
  }),
  masked: few.flatMap((rm, i) => {
    const [h, k] = [high[i % 8], 1 + (i % 7)]
    const masked = { width: 512, reg: h, rm, mask: k } as const
    return [
      form('vmovups', `vmovups zmm${h}{k${k}}{z}, ${showMemory(rm, 64)}`, { ...masked, zeroing: true }),
      form('vmovups', `vmovups zmm${h}{k${k}}, ${showMemory(rm, 64)}`, masked),
      form('vmovupsStore', `vmovups ${showMemory(rm, 64)}{k${k}}, zmm${h}`, masked),
      form('vpmovzxbd', `vpmovzxbd zmm${h}{k${k}}{z}, ${showMemory(rm, 16)}`, { ...masked, zeroing: true }),
      form('vpmovdbStore', `vpmovdb ${showMemory(rm, 16)}{k${k}}, zmm${h}`, masked),
    ]
  }),
  'blends, shifts and masks': [
    ...high.flatMap((a) =>
      high.flatMap((b) => [
        form('vblendmps', `vblendmps zmm${a}{k3}, zmm${b}, zmm${a ^ 5}`, {
          ...{ width: 512, reg: a, vvvv: b, rm: a ^ 5, mask: 3 },
        }),
        ...([6, 2, 4] as const).map((digit) => {
          const mnemonic = { 6: 'vpslld', 2: 'vpsrld', 4: 'vpsrad' }[digit]
          return form('vpshiftd', `${mnemonic} zmm${a}, zmm${b}, 23`, {
            ...{ width: 512, reg: digit, vvvv: a, rm: b, immediate: 23 },
          })
        }),
      ]),
    ),
    ...low.flatMap((a) =>
      low.flatMap((b) => [
        form('vblendvps', `vblendvps ymm${a}, ymm${b}, ymm${a ^ 1}, ymm${b ^ 2}`, {
          ...{ width: 256, reg: a, vvvv: b, rm: a ^ 1, immediate: (b ^ 2) << 4 },
        }),
        form('vpshiftd', `vpslld ymm${a}, ymm${b}, 1`, { width: 256, reg: 6, vvvv: a, rm: b, immediate: 1 }),
        form('vpbroadcastd', `vpbroadcastd ymm${a}, xmm${b}`, { width: 256, reg: a, rm: b }),
        form('vmovd', `vmovd xmm${a}, ${names32[b]}`, { width: 128, reg: a, rm: b }),
      ]),
    ),
    ...high.flatMap((a) =>
      names32.map((name, b) =>
        form('vpbroadcastdGeneral', `vpbroadcastd zmm${a}, ${name}`, { width: 512, reg: a, rm: b }),
      ),
    ),
    ...[1, 2, 7].flatMap((a) =>
      [1, 4, 7].flatMap((b) => [
        form('kandw', `kandw k${a}, k${b}, k${a ^ b}`, { width: 256, reg: a, vvvv: b, rm: a ^ b }),
        form('korw', `korw k${a}, k${b}, k${a ^ b}`, { width: 256, reg: a, vvvv: b, rm: a ^ b }),
        form('kxorw', `kxorw k${a}, k${b}, k${a ^ b}`, { width: 256, reg: a, vvvv: b, rm: a ^ b }),
        form('knotw', `knotw k${a}, k${b}`, { width: 128, reg: a, rm: b }),
        form('kmovw', `kmovw k${a}, k${b}`, { width: 128, reg: a, rm: b }),
      ]),
    ),
    ...names32.flatMap((name, a) => [
      form('kmovwToGeneral', `kmovw ${name}, k${1 + (a % 7)}`, { width: 128, reg: a, rm: 1 + (a % 7) }),
      ...low.map((b) => form('vmovmskps', `vmovmskps ${name}, ymm${b}`, { width: 256, reg: a, rm: b })),
    ]),
    ...names32.map((name, b) =>
      form('kmovwGeneral', `kmovw k${1 + (b % 7)}, ${name}`, { width: 128, reg: 1 + (b % 7), rm: b }),
    ),
    ...bases.flatMap((a) =>
      bases.flatMap((b) => [
        form('bzhi', `bzhi ${names32[a]}, ${names32[b]}, ${names32[a ^ 1]}`, {
          width: 128,
          reg: a,
          rm: b,
          vvvv: a ^ 1,
        }),
        form('shlx', `shlx ${names64[a]}, ${names64[b]}, ${names64[b ^ 2]}`, {
          width: 128,
          reg: a,
          rm: b,
          vvvv: b ^ 2,
        }),
        form('sarx', `sarx ${names64[a]}, ${names64[b]}, ${names64[b ^ 2]}`, {
          width: 128,
          reg: a,
          rm: b,
          vvvv: b ^ 2,
        }),
      ]),
    ),
  ],
}

describe.skipIf(!hasBinutils)('x86-64 encodings are those of GNU as:', () => {
  test.each(Object.keys(vectorGroups))('%s', (group) => {
    compare(vectorGroups[group])
  })

  test('no instruction in the table is left out', () => {
    const cases = Object.values(vectorGroups).flat()
    const seen = new Set<string>()
    const spy = { vector: (name: string) => seen.add(name) } as unknown as Assembler
    for (const { emit } of cases) emit(spy)
    expect(Object.keys(opcodes).filter((name) => !seen.has(name))).toEqual([])
  })
})
