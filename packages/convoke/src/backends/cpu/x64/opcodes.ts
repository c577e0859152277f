// The vector instructions that programs are lowered to.

import type { Tuple, VectorOpcode } from './encode.ts'

const op = (
  map: 1 | 2 | 3,
  prefix: 0 | 1 | 2 | 3,
  opcode: number,
  tuple: Tuple = 'vector',
  rest: Pick<VectorOpcode, 'w' | 'vexW' | 'forms'> = {},
): VectorOpcode => Object.freeze({ map, prefix, opcode, tuple, ...rest })

const vexOnly = { forms: 'vex' } as const
const evexOnly = { forms: 'evex' } as const

export const opcodes = Object.freeze({
  vmovups: op(1, 0, 0x10),
  vmovupsStore: op(1, 0, 0x11),
  vmovaps: op(1, 0, 0x28),
  vmovss: op(1, 2, 0x10, 4),
  vmovssStore: op(1, 2, 0x11, 4),
  vmovsd: op(1, 3, 0x10, 8, { w: 1, vexW: 0 }),
  vmovsdStore: op(1, 3, 0x11, 8, { w: 1, vexW: 0 }),
  vbroadcastss: op(2, 1, 0x18, 4),
  vmaskmovps: op(2, 1, 0x2c, 'vector', vexOnly),
  vmaskmovpsStore: op(2, 1, 0x2e, 'vector', vexOnly),

  vaddps: op(1, 0, 0x58),
  vmulps: op(1, 0, 0x59),
  vsubps: op(1, 0, 0x5c),
  vminps: op(1, 0, 0x5d),
  vdivps: op(1, 0, 0x5e),
  vmaxps: op(1, 0, 0x5f),
  vsqrtps: op(1, 0, 0x51),
  vscalefps: op(2, 1, 0x2c, 'vector', evexOnly),
  vandps: op(1, 0, 0x54),
  vandnps: op(1, 0, 0x55),
  vorps: op(1, 0, 0x56),
  vxorps: op(1, 0, 0x57),
  vfmadd213ps: op(2, 1, 0xa8),
  vfmadd231ps: op(2, 1, 0xb8),
  vfnmadd231ps: op(2, 1, 0xbc),
  vcvttps2dq: op(1, 2, 0x5b),
  vcvtdq2ps: op(1, 0, 0x5b),
  /** `vroundps`; its EVEX form is `vrndscaleps` with the same opcode and immediate. */
  vroundps: op(3, 1, 0x08),

  vpaddd: op(1, 1, 0xfe),
  vpsubd: op(1, 1, 0xfa),
  vpmulld: op(2, 1, 0x40),
  vpmaxsd: op(2, 1, 0x3d),
  vpminsd: op(2, 1, 0x39),
  /** `vpslld`, `vpsrld` and `vpsrad` by an immediate: the reg field says which, 6, 2 or 4; vvvv is the destination. */
  vpshiftd: op(1, 1, 0x72),

  vcmpps: op(1, 0, 0xc2),
  vpcmpeqd: op(1, 1, 0x76),
  vpcmpgtd: op(1, 1, 0x66),
  vblendmps: op(2, 1, 0x65, 'vector', evexOnly),
  vblendvps: op(3, 1, 0x4a, 'vector', vexOnly),
  vblendps: op(3, 1, 0x0c, 'vector', vexOnly),

  vunpcklps: op(1, 0, 0x14),
  vunpckhps: op(1, 0, 0x15),
  vshufps: op(1, 0, 0xc6),
  vpermilps: op(3, 1, 0x04),
  vperm2f128: op(3, 1, 0x06, 'vector', vexOnly),
  vshuff32x4: op(3, 1, 0x23, 'vector', evexOnly),
  vpermps: op(2, 1, 0x16),
  vpermi2ps: op(2, 1, 0x77, 'vector', evexOnly),
  vpermd: op(2, 1, 0x36),

  vmovmskps: op(1, 0, 0x50, 'vector', vexOnly),
  vmovd: op(1, 1, 0x6e, 4),
  vmovdStore: op(1, 1, 0x7e, 4),
  vmovqStore: op(1, 1, 0xd6, 8, { w: 1, vexW: 0 }),
  vpbroadcastd: op(2, 1, 0x58, 4),
  vpbroadcastdGeneral: op(2, 1, 0x7c, 4, evexOnly),
  vpmovzxbd: op(2, 1, 0x31, 'quarter'),
  vpmovdbStore: op(2, 2, 0x31, 'quarter', evexOnly),
  vpshufb: op(2, 1, 0x00),
  vpinsrb: op(3, 1, 0x20, 1),
  vpextrb: op(3, 1, 0x14, 1),

  kmovwGeneral: op(1, 0, 0x92, 'vector', vexOnly),
  kmovw: op(1, 0, 0x90, 'vector', vexOnly),
  kmovwToGeneral: op(1, 0, 0x93, 'vector', vexOnly),
  knotw: op(1, 0, 0x44, 'vector', vexOnly),
  /** The `k…w` operations of two masks set VEX.L: use width 256. */
  kandw: op(1, 0, 0x41, 'vector', vexOnly),
  korw: op(1, 0, 0x45, 'vector', vexOnly),
  kxorw: op(1, 0, 0x47, 'vector', vexOnly),

  /** On general registers: reg is the destination, rm the value, vvvv the count. */
  bzhi: op(2, 0, 0xf5, 'vector', vexOnly),
  shlx: op(2, 1, 0xf7, 'vector', { w: 1, ...vexOnly }),
  sarx: op(2, 2, 0xf7, 'vector', { w: 1, ...vexOnly }),
})

export type VectorOpcodeName = keyof typeof opcodes
