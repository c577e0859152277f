// Things to wear and to carry, each class one choice of sleeves, openings, heels or handles; all else differs from picture to picture.

import type { RandomSource } from 'convoke'
import type { Design, Limb, Line, Opening } from './designs.ts'

const between = (random: RandomSource, low: number, high: number): number => low + (high - low) * random.uniform()

const pick = <T>(random: RandomSource, choices: readonly T[]): T => choices[random.integer(choices.length)]

/** Draws a design of the class anew. */
export type Pattern = (random: RandomSource) => Design

const usualFabric = (random: RandomSource): Design['fabric'] =>
  pick(random, ['plain', 'plain', 'plain', 'any', 'stripes', 'cloud'])

const cloth = (random: RandomSource) => ({
  ...{
    symmetric: true,
    fabric: usualFabric(random),
    waves: between(random, 2, 7),
    direction: pick(random, [0, 0.5, 0.5]) * Math.PI,
  },
})

/** A print or a pocket on the chest. */
const prints = (random: RandomSource): Line[] => {
  if (random.uniform() < 0.6) return []
  const [x, y, w] = [between(random, -0.15, 0.25), between(random, -0.5, 0.2), between(random, 0, 0.25)]
  return [{ from: [x - w, y], to: [x + w, y + between(random, -0.05, 0.05)], tone: between(random, -0.7, 0.7) }]
}

const sleeves = ['none', 'cap', 'short', 'half', 'long'] as const
const fronts = ['closed', 'zip', 'open', 'buttons'] as const
const necks = ['round', 'deep', 'high'] as const

function sleeveOf(kind: (typeof sleeves)[number], random: RandomSource, shoulder: number, top: number): Limb[] {
  if (kind === 'none') return []
  const angle = kind === 'cap' || kind === 'short' ? between(random, 0.5, 1.25) : between(random, 1, 1.5)
  const length = {
    cap: between(random, 0.1, 0.22),
    short: between(random, 0.25, 0.42),
    half: between(random, 0.6, 0.8),
    long: between(random, 1.1, 1.45),
  }[kind]
  const radius = between(random, 0.11, 0.19)
  const [x, y] = [shoulder - 0.6 * radius, top + radius + 0.03]
  return [
    {
      from: [x, y],
      to: [Math.min(0.9, x + length * Math.cos(angle)), Math.min(0.9, y + length * Math.sin(angle))],
      radii: [radius, radius * between(random, 0.55, 0.95)],
    },
  ]
}

function frontOf(
  kind: (typeof fronts)[number],
  random: RandomSource,
  top: number,
  bottom: number,
): { lines: Line[]; openings: Opening[] } {
  const dark = random.uniform() < 0.75 ? -1 : 1
  switch (kind) {
    case 'zip':
      return {
        lines: [
          { from: [0, top + 0.1], to: [between(random, -0.02, 0.05), bottom], tone: dark * between(random, 0.25, 0.7) },
        ],
        openings: [],
      }
    case 'open': {
      const lines: Line[] = [0, 0.06].map((x) => ({
        from: [x, top],
        to: [x + between(random, 0, 0.1), bottom],
        tone: -between(random, 0.4, 0.8),
      }))
      return {
        lines,
        openings:
          random.uniform() < 0.5
            ? []
            : [{ centre: [0, bottom], radii: [between(random, 0.03, 0.12), between(random, 0.5, 1.5)] }],
      }
    }
    case 'buttons': {
      const [from, count] = [top + 0.2, 3 + random.integer(4)]
      const tone = dark * between(random, 0.4, 0.8)
      const lines = Array.from({ length: count }, (_, i): Line => {
        const y = from + ((bottom - 0.1 - from) * i) / (count - 1)
        return { from: [0, y], to: [0, y + 0.01], tone }
      })
      return { lines, openings: [] }
    }
    default:
      return { lines: prints(random), openings: [] }
  }
}

function neckOf(
  kind: (typeof necks)[number],
  random: RandomSource,
  top: number,
): { openings: Opening[]; limbs: Limb[]; lines: Line[] } {
  if (kind === 'high') {
    const width = between(random, 0.12, 0.22)
    const limbs: Limb[] = [{ from: [0, top - 0.05], to: [width, top - 0.04], radii: [0.08, 0.07] }]
    const lines: Line[] = [
      { from: [0, top + between(random, 0.05, 0.15)], to: [width, top - 0.05], tone: between(random, -0.6, 0.4) },
    ]
    return { limbs, openings: [], lines }
  }
  const radii: [number, number] =
    kind === 'round'
      ? [between(random, 0.14, 0.28), between(random, 0.06, 0.16)]
      : [between(random, 0.12, 0.25), between(random, 0.25, 0.5)]
  return { openings: [{ centre: [0, top], radii }], limbs: [], lines: [] }
}

function upper(
  sleeve: (typeof sleeves)[number],
  front: (typeof fronts)[number],
  neck: (typeof necks)[number],
  isLong: boolean,
): Pattern {
  return (random) => {
    const top = between(random, -0.92, -0.78)
    const bottom = isLong ? between(random, 0.8, 0.97) : between(random, 0.35, 0.75)
    const shoulder = isLong ? between(random, 0.3, 0.48) : between(random, 0.38, 0.6)
    const waist = shoulder * between(random, 0.72, 1.02)
    const hem = waist * (isLong ? between(random, 0.95, 1.5) : between(random, 0.9, 1.15))
    const edge = [shoulder * 0.8, shoulder, (shoulder + waist) / 2, waist, (waist + hem) / 2, hem]
    const [fronted, necked] = [frontOf(front, random, top, bottom), neckOf(neck, random, top)]
    return {
      ...{ ...cloth(random), top, bottom, left: edge, right: edge },
      limbs: [...sleeveOf(sleeve, random, shoulder, top), ...necked.limbs],
      openings: [...necked.openings, ...fronted.openings],
      lines: [...fronted.lines, ...necked.lines],
    }
  }
}

/** A dress or a skirt. */
function dress(shoulders: 'straps' | 'wide' | 'none', flare: number): Pattern {
  return (random) => {
    const [top, bottom] = [
      shoulders === 'none' ? between(random, -0.8, -0.4) : between(random, -0.95, -0.85),
      between(random, 0.75, 0.97),
    ]
    const chest = shoulders === 'none' ? between(random, 0.15, 0.3) : between(random, 0.2, 0.34)
    const waist = chest * between(random, 0.65, 0.95)
    const hem = Math.min(0.8, waist * flare * between(random, 0.85, 1.15))
    const first = shoulders === 'straps' ? chest * 0.75 : chest
    const edge = [first, chest, waist, waist + 0.4 * (hem - waist), waist + 0.75 * (hem - waist), hem]
    const openings: Opening[] =
      shoulders === 'straps' ? [{ centre: [0, top], radii: [chest * 0.6, between(random, 0.15, 0.4)] }] : []
    const belt = top + 0.4 * (bottom - top)
    const lines: Line[] =
      random.uniform() < 0.3
        ? [{ from: [-0.5, belt], to: [0.5, belt], tone: between(random, -0.6, 0.5) }]
        : prints(random)
    return { ...cloth(random), top, bottom, left: edge, right: edge, limbs: [], openings, lines }
  }
}

function trousers(leg: number, length: number): Pattern {
  return (random) => {
    const top = between(random, -0.95, -0.85)
    const bottom = top + length * between(random, 0.9, 1.05)
    const hip = between(random, 0.26, 0.42)
    const foot = hip * leg * between(random, 0.9, 1.1) + 0.06
    const edge = [hip * 0.85, hip, hip, (hip + foot) / 2, foot, foot]
    const gap = between(random, 0.02, 0.12)
    const crotch = between(random, 0.3, 0.5) * 0.7
    const lines: Line[] =
      random.uniform() < 0.5 ? [{ from: [0, top], to: [0, top + 0.35], tone: -between(random, 0.2, 0.6) }] : []
    return {
      ...cloth(random),
      top,
      bottom,
      left: edge,
      right: edge,
      limbs: [],
      openings: [{ centre: [0, bottom], radii: [gap, bottom - top - crotch] }],
      lines,
    }
  }
}

const shafts = ['low', 'ankle', 'tall'] as const
const heels = ['flat', 'wedge', 'high'] as const

/** A shoe from the side; with straps, what is between them is seen through. */
function shoe(shaft: (typeof shafts)[number], heel: (typeof heels)[number], strapped: boolean): Pattern {
  return (random) => {
    const side = random.uniform() < 0.9 ? 1 : -1
    const at = (x: number, y: number): [number, number] => [side * x, y]
    const rise = {
      flat: between(random, 0, 0.08),
      wedge: between(random, 0.15, 0.35),
      high: between(random, 0.3, 0.55),
    }[heel]
    const ground = shaft === 'tall' ? between(random, 0.75, 0.9) : between(random, 0.35, 0.6)
    const body = between(random, 0.12, 0.2)
    const [toe, back] = [-between(random, 0.72, 0.9), between(random, 0.6, 0.85)]
    const sole = between(random, 0.03, 0.07)
    const height = {
      low: between(random, 0.1, 0.25),
      ankle: between(random, 0.4, 0.6),
      tall: between(random, 0.9, 1.4),
    }[shaft]
    const heelY = ground - rise - body
    const limbs: Limb[] = [
      { from: at(toe, ground), to: at(back, ground - rise), radii: [sole, sole] },
      {
        from: at(toe + 0.08, ground - body * 0.6),
        to: at(back - 0.2, heelY - body * 0.5),
        radii: [body * between(random, 0.5, 0.8), body * between(random, 1, 1.5)],
      },
      {
        from: at(back - 0.15, heelY),
        to: at(back - between(random, 0.1, 0.25), Math.max(-0.8, heelY - height)),
        radii: [body, body * between(random, 0.8, 1.5)],
      },
    ]
    if (heel === 'high')
      limbs.push({ from: at(back - 0.03, ground - rise), to: at(back - 0.05, ground), radii: [0.06, 0.04] })
    if (heel === 'wedge')
      limbs.push({ from: at(back - 0.1, ground - rise / 2), to: at(0, ground - rise / 4), radii: [rise / 2, rise / 4] })
    const openings: Opening[] = strapped
      ? Array.from({ length: 2 + random.integer(3) }, (_, i) => ({
          centre: at(
            -0.45 + 0.35 * i + between(random, -0.08, 0.08),
            ground - rise * 0.4 - body - between(random, 0.02, 0.25),
          ),
          radii: [between(random, 0.07, 0.15), between(random, 0.08, 0.3)] as const,
        }))
      : []
    const lines: Line[] = [
      { from: at(toe, ground - 0.09), to: at(back, ground - rise - 0.09), tone: between(random, -0.6, 0.6) },
      ...Array.from(
        { length: random.integer(3) },
        (): Line => ({
          from: at(between(random, -0.4, 0.3), heelY - body),
          to: at(between(random, -0.3, 0.5), ground - 0.1),
          tone: between(random, -0.7, 0.6),
        }),
      ),
    ]
    // The body is hidden in the foot.
    const edge = Array.from({ length: 6 }, () => 0.1)
    return {
      ...cloth(random),
      symmetric: false,
      top: ground - 0.12,
      bottom: ground - 0.05,
      left: edge,
      right: edge,
      limbs,
      openings,
      lines,
    }
  }
}

function bag(handle: 'none' | 'short' | 'long', shape: number): Pattern {
  return (random) => {
    const height = between(random, 0.35, 0.65)
    const bottom = between(random, 0.6, 0.9)
    const top = bottom - 2 * height
    const width = Math.min(0.92, height * shape * between(random, 0.9, 1.15))
    const narrow = width * between(random, 0.7, 1)
    const edge = [0, 1, 2, 3, 4, 5].map((i) => narrow + ((width - narrow) * i) / 5)
    const reach =
      handle === 'long'
        ? Math.max(-0.95, top - between(random, 0.5, 0.9))
        : Math.max(-0.95, top - between(random, 0.2, 0.4))
    const [x, across, thin] = [
      narrow * between(random, 0.4, 0.85),
      between(random, 0.1, 0.35),
      between(random, 0.03, 0.06),
    ]
    const limbs: Limb[] =
      handle === 'none'
        ? []
        : [
            { from: [x, top], to: [Math.min(x, across), reach], radii: [thin, thin] },
            { from: [Math.min(x, across), reach], to: [0, reach - 0.03], radii: [thin, thin] },
          ]
    const flap = top + between(random, 0.15, 0.9) * height
    const lines: Line[] =
      random.uniform() < 0.6
        ? [{ from: [-0.9, flap], to: [0.9, flap], tone: between(random, -0.6, 0.5) }, ...prints(random)]
        : prints(random)
    return { ...cloth(random), top, bottom, left: edge, right: edge, limbs, openings: [], lines }
  }
}

/** All classes. */
export const wardrobe: readonly Pattern[] = [
  ...sleeves.flatMap((sleeve) =>
    fronts.flatMap((front) =>
      necks.flatMap((neck) => [false, true].map((isLong) => upper(sleeve, front, neck, isLong))),
    ),
  ),
  ...(['straps', 'wide', 'none'] as const).flatMap((shoulders) =>
    [1, 1.7, 2.6].map((flare) => dress(shoulders, flare)),
  ),
  ...[0.5, 0.8, 1.15].flatMap((leg) => [1.85, 1.2].map((length) => trousers(leg, length))),
  ...shafts.flatMap((shaft) => heels.flatMap((heel) => [false, true].map((strapped) => shoe(shaft, heel, strapped)))),
  ...(['none', 'short', 'long'] as const).flatMap((handle) => [0.8, 1.2, 1.7].map((shape) => bag(handle, shape))),
]
