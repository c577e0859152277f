// What the address keeps, what strokes become, and how the U is drawn.

import { models, nn } from 'convoke'
import { renderShape, shapeNames } from 'convoke/data'
import { describe, expect, it } from 'vitest'
import { readAddress, writeAddress } from './address.ts'
import { factsOf } from './learning/network.ts'
import { paintMask, wrongColour } from './mask-canvas.tsx'
import { drawMarks, markOf } from './painting.ts'
import { schemeOf, schemeSvg } from './scheme.ts'
import { firstSettings, networksOf, type SegmentSettings, trainingKey } from './settings.ts'

describe('The address', () => {
  it('says nothing of what is usual', () => {
    expect(writeAddress(firstSettings).toString()).toBe('')
    expect(readAddress(new URLSearchParams())).toEqual({ settings: firstSettings, refused: [] })
  })

  it('brings every setting back', () => {
    const other: SegmentSettings = {
      ...{ skips: 'both', depth: 4, width: 16, kernel: 5, loss: 'dice', rate: 0.0003, batch: 16 },
      ...{ examples: 800, side: 64, epochs: 7, flip: false },
    }
    const params = writeAddress(other)
    expect([...params.keys()].sort()).toEqual(Object.keys(firstSettings).sort())
    expect(readAddress(new URLSearchParams(params.toString()))).toEqual({ settings: other, refused: [] })
  })

  it('names what cannot be read and goes on with the usual', () => {
    const read = readAddress(new URLSearchParams('skips=some&depth=9&kernel=4&epochs=0&flip=yes&width=16'))
    expect(read.refused).toEqual(['skips', 'depth', 'kernel', 'epochs', 'flip'])
    expect(read.settings).toEqual({ ...firstSettings, width: 16 })
  })
})

it('A network is the same alone and beside another, and another with every setting that trains it', () => {
  const both = { ...firstSettings, skips: 'both' } as const
  expect(networksOf(both).map((skips) => trainingKey(both, skips))).toEqual(
    (['with', 'without'] as const).map((skips) =>
      trainingKey({ ...firstSettings, skips, epochs: 3 }, networksOf({ skips })[0]),
    ),
  )
  expect(trainingKey({ ...both, flip: false }, true)).not.toBe(trainingKey(both, true))
})

describe('A stroke', () => {
  it('sets a shape of the usual size down, and dragging sizes and turns it', () => {
    expect(markOf({ tool: 'disc', colour: 'red', points: [[0.3, 0.4]] })).toMatchObject({
      ...{ kind: 'disc', x: 0.3, y: 0.4, radius: 0.15, turn: 0 },
    })
    const dragged = markOf({
      ...{ tool: 'square', colour: 'red' },
      points: [
        [0.5, 0.5],
        [0.9, 0.1],
        [0.5, 0.7],
      ],
    })
    expect(dragged).toMatchObject({ kind: 'square', x: 0.5, y: 0.5 })
    expect('radius' in dragged && dragged.radius).toBeCloseTo(0.2, 12)
    expect('turn' in dragged && dragged.turn).toBeCloseTo(Math.PI / 2, 12)
  })

  it.each(['disc', 'square', 'triangle'] as const)('is drawn on the pad where the network sees it: %s', (kind) => {
    const [x, y, radius, turn] = [0.45, 0.55, 0.25, 0.4]
    const corners: [number, number][] = []
    const context = { beginPath() {}, fillRect() {}, fill() {}, moveTo: add, lineTo: add }
    function add(px: number, py: number): void {
      corners.push([px, py])
    }
    const side = 200
    drawMarks(context as unknown as CanvasRenderingContext2D, side, [{ kind, colour: [1, 1, 1], x, y, radius, turn }])
    const cover = renderShape(
      { kind: shapeNames.indexOf(kind), x: x * side, y: y * side, radius: radius * side, turn },
      side,
    )
    // The area between the corners is what the network's picture has covered.
    const area = corners.reduce((sum, [ax, ay], i) => {
      const [bx, by] = corners[(i + 1) % corners.length]
      return sum + (ax * by - bx * ay) / 2
    }, 0)
    expect(Math.abs(area) / cover.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 1.7)
    // Just inside each corner it is covered, just outside it is not.
    for (const [cx, cy] of corners)
      for (const [share, expected] of [
        [0.95, 1],
        [1.06, 0],
      ] as const) {
        const [px, py] = [x * side + share * (cx - x * side), y * side + share * (cy - y * side)]
        expect(cover[Math.floor(py) * side + Math.floor(px)], `${kind} ${cx},${cy}`).toBeCloseTo(expected, 0)
      }
  })
})

describe('The drawing of the network', () => {
  const facts = (depth: number, skips: boolean) => {
    const options = { classes: 4, channels: 3, width: 4, depth, norm: true, dropout: 0, skips }
    return factsOf(models.UNet(options).initialize(0), skips, 32)
  }

  it.each([1, 2, 3, 4])('has a box for every level of %d, none over another, in the frame', (depth) => {
    const scheme = schemeOf(facts(depth, true), 32)
    expect(scheme.boxes.map(({ path }) => path)).toEqual([
      'picture',
      ...Array.from({ length: depth }, (_, i) => `down${i + 1}`),
      'bottom',
      ...Array.from({ length: depth }, (_, i) => `merge${depth - i}`),
      'head',
    ])
    expect(scheme.boxes.find(({ path }) => path === 'bottom')!.shape).toEqual([
      32 / 2 ** depth,
      32 / 2 ** depth,
      4 * 2 ** depth,
    ])
    for (const [i, a] of scheme.boxes.entries()) {
      expect(a.x >= 0 && a.x + 104 <= scheme.width && a.y >= 0 && a.y + 34 <= scheme.height).toBe(true)
      for (const b of scheme.boxes.slice(i + 1))
        expect(Math.abs(a.x - b.x) >= 104 || Math.abs(a.y - b.y) >= 34, `${a.path} and ${b.path}`).toBe(true)
    }
    expect(scheme.lines.filter(({ kind }) => kind === 'skip')).toHaveLength(depth)
  })

  it('says where the skips are cut, and costs what the library says', () => {
    const cut = facts(2, false)
    expect(schemeOf(cut, 32).lines.filter(({ kind }) => kind === 'cut')).toHaveLength(2)
    const model = models.UNet({ classes: 4, channels: 3, width: 4, depth: 2, norm: true, dropout: 0, skips: false })
    expect([cut.parameters, cut.macs]).toEqual([model.parameterCount(), nn.summary(model, [1, 32, 32, 3]).macs])
    const svg = schemeSvg(
      schemeOf(cut, 32),
      'a < b',
      ({ shape }) => shape.join('×'),
      () => '',
    )
    expect(svg).toContain('<title>a &lt; b</title>')
    expect(svg).toContain('>8×8×16</text>')
  })
})

it('A mask is seen in the colour of its class, and what is wrong alone in its own', () => {
  const pixels = Uint8Array.of(100, 100, 100, 200, 50, 10, 0, 0, 0, 9, 9, 9)
  const at = (image: Uint8ClampedArray, p: number) => [...image.slice(4 * p, 4 * p + 4)]
  expect(at(paintMask({ side: 2, pixels }), 1)).toEqual([200, 50, 10, 255])
  const masked = paintMask({ side: 2, pixels, mask: Uint8Array.of(0, 0, 0, 1) })
  expect(at(masked, 0)).toEqual([100, 100, 100, 255])
  // The last pixel has no neighbour of another class to its right or below it: 45% of [230, 97, 0] over grey.
  expect(at(masked, 3)).toEqual([Math.round(0.55 * 9 + 0.45 * 230), Math.round(0.55 * 9 + 0.45 * 97), 5, 255])
  const wrong = paintMask({ side: 2, pixels, mask: Uint8Array.of(0, 2, 0, 1), truth: Uint8Array.of(0, 1, 0, 1) })
  expect(at(wrong, 1)).toEqual([...wrongColour, 255])
  expect(at(wrong, 3)[0]).not.toBe(wrongColour[0])
})
