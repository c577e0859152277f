// Bytes of x86-64 instructions: VEX, EVEX, ModRM and displacements.
// Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, sections 2.1, 2.3 and 2.7.

/** A place in the code, or in the constants behind it, whose offset is known when it is bound. */
export interface Label {
  offset: number
}

/** `[base + displacement]`, or a constant of the program addressed from the instruction pointer. */
export type Memory = { readonly base: number; readonly displacement: number } | { readonly label: Label }

/** A register number, or memory: what the r/m field of an instruction can name. */
export type RegisterOrMemory = number | Memory

/** Bytes of one instruction; `label` is to be resolved into the four bytes at `at`, relative to the instruction's end. */
export interface Encoded {
  readonly bytes: readonly number[]
  readonly at?: number
  readonly label?: Label
}

export type VectorWidth = 128 | 256 | 512

/** How an instruction's 8-bit displacement is scaled under EVEX ("tuple type"), as the bytes it reads from memory. */
export type Tuple = 'vector' | 'quarter' | 4 | 8 | 1

export interface VectorOpcode {
  /** 1: 0F, 2: 0F 38, 3: 0F 3A. */
  readonly map: 1 | 2 | 3
  /** Mandatory prefix — 0: none, 1: 66, 2: F3, 3: F2. */
  readonly prefix: 0 | 1 | 2 | 3
  readonly opcode: number
  readonly tuple: Tuple
  /** W of the EVEX form; of the VEX form where `vexW` does not differ. */
  readonly w?: 0 | 1
  readonly vexW?: 0 | 1
  /** Whether the instruction exists in that form; both unless said. */
  readonly forms?: 'vex' | 'evex'
}

export interface VectorOperands {
  readonly width: VectorWidth
  readonly reg: number
  readonly vvvv?: number
  readonly rm: RegisterOrMemory
  /** Memory holds one element for every lane. */
  readonly broadcast?: boolean
  /** A mask register 1…7 that limits the lanes written. */
  readonly mask?: number
  /** Lanes outside the mask become zero; they keep their value without. */
  readonly zeroing?: boolean
  readonly immediate?: number
}

const int32 = (value: number): number[] => [value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255]

/** The bytes of a signed 64-bit number. */
export const int64 = (value: bigint): number[] =>
  Array.from({ length: 8 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n))

export const fitsInt8 = (value: number): boolean => value >= -128 && value <= 127
export const fitsInt32 = (value: number): boolean => value >= -(2 ** 31) && value < 2 ** 31

/** ModRM, SIB and displacement. `scale` divides an 8-bit displacement. */
function address(reg: number, rm: RegisterOrMemory, scale: number): Encoded {
  const field = (reg & 7) << 3
  if (typeof rm === 'number') return { bytes: [0xc0 | field | (rm & 7)] }
  if ('label' in rm) return { bytes: [field | 5, 0, 0, 0, 0], at: 1, label: rm.label }
  const base = rm.base & 7
  const sib = base === 4 ? [0x24] : []
  const { displacement } = rm
  if (displacement === 0 && base !== 5) return { bytes: [field | base, ...sib] }
  const scaled = displacement / scale
  if (Number.isInteger(scaled) && fitsInt8(scaled)) return { bytes: [0x40 | field | base, ...sib, scaled & 255] }
  return { bytes: [0x80 | field | base, ...sib, ...int32(displacement)] }
}

const withTail = (head: readonly number[], body: Encoded, tail: readonly number[]): Encoded => {
  const bytes = [...head, ...body.bytes, ...tail]
  return body.at === undefined ? { bytes } : { ...body, bytes, at: body.at + head.length }
}

/** Bit `n` of a register number, inverted as VEX and EVEX hold it. */
const inverted = (register: number, n: number): number => (~register >> n) & 1

const baseOf = (rm: RegisterOrMemory): number => (typeof rm === 'number' ? rm : 'base' in rm ? rm.base : 0)

export function vex(opcode: VectorOpcode, operands: VectorOperands): Encoded {
  const { reg, vvvv = 0, rm, width, immediate } = operands
  const w = opcode.vexW ?? opcode.w ?? 0
  const last = ((~vvvv & 15) << 3) | (width === 256 ? 4 : 0) | opcode.prefix
  const r = inverted(reg, 3) << 7
  const b = inverted(baseOf(rm), 3) << 5
  const short = opcode.map === 1 && w === 0 && b !== 0
  const head = short ? [0xc5, r | last] : [0xc4, r | 0x40 | b | opcode.map, (w << 7) | last]
  const tail = immediate === undefined ? [] : [immediate & 255]
  return withTail([...head, opcode.opcode], address(reg, rm, 1), tail)
}

function displacementScale(opcode: VectorOpcode, { width, broadcast }: VectorOperands): number {
  if (broadcast) return 4
  if (opcode.tuple === 'vector') return width / 8
  return opcode.tuple === 'quarter' ? width / 32 : opcode.tuple
}

export function evex(opcode: VectorOpcode, operands: VectorOperands): Encoded {
  const { reg, vvvv = 0, rm, width, immediate, mask = 0, zeroing = false, broadcast = false } = operands
  const base = baseOf(rm)
  const x = typeof rm === 'number' ? inverted(rm, 4) : 1
  const head = [
    0x62,
    (inverted(reg, 3) << 7) | (x << 6) | (inverted(base, 3) << 5) | (inverted(reg, 4) << 4) | opcode.map,
    ((opcode.w ?? 0) << 7) | ((~vvvv & 15) << 3) | 4 | opcode.prefix,
    (zeroing ? 0x80 : 0) | ((width >> 8) << 5) | (broadcast ? 0x10 : 0) | (inverted(vvvv, 4) << 3) | mask,
    opcode.opcode,
  ]
  return withTail(
    head,
    address(reg, rm, displacementScale(opcode, operands)),
    immediate === undefined ? [] : [immediate & 255],
  )
}

/** The shorter VEX form where it exists and can say the same, else EVEX. */
export function encodeVector(opcode: VectorOpcode, operands: VectorOperands): Encoded {
  const high = [operands.reg, operands.vvvv ?? 0, typeof operands.rm === 'number' ? operands.rm : 0].some((r) => r > 15)
  const needsEvex = high || operands.width === 512 || operands.broadcast || operands.mask !== undefined
  return opcode.forms === 'evex' || (needsEvex && opcode.forms !== 'vex')
    ? evex(opcode, operands)
    : vex(opcode, operands)
}

/** An instruction on general registers, 64-bit unless `wide` is false. */
export function encodeGeneral(
  opcode: readonly number[],
  reg: number,
  rm: RegisterOrMemory,
  immediate: readonly number[] = [],
  wide = true,
): Encoded {
  const rex = (wide ? 0x48 : 0x40) | ((reg >> 3) << 2) | (baseOf(rm) >> 3)
  const head = rex === 0x40 ? opcode : [rex, ...opcode]
  return withTail(head, address(reg, rm, 1), immediate)
}

export const immediateBytes = (value: number): number[] => (fitsInt8(value) ? [value & 255] : int32(value))
export const immediate32 = int32
