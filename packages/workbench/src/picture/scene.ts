// The picture that Convoke draws itself: a lake at evening, with what kernels respond to. Smooth gradients (sky, sun),
// straight and slanted edges (house, mast), lines one pixel wide (wires, fence), disks (sun, trees), fine texture
// (meadow) and a wave whose length shrinks towards the horizon (water). Pure arithmetic: the same everywhere.

type Colour = readonly [red: number, green: number, blue: number]

export const sceneSize = Object.freeze({ width: 384, height: 256 })
const { width, height } = sceneSize
/** Samples a side of each pixel. */
const samples = 3

const mix = (a: Colour, b: Colour, t: number): Colour => [
  a[0] + (b[0] - a[0]) * t,
  a[1] + (b[1] - a[1]) * t,
  a[2] + (b[2] - a[2]) * t,
]

const clamp = (value: number, low = 0, high = 1): number => Math.min(Math.max(value, low), high)
const smooth = (t: number): number => t * t * (3 - 2 * t)
const scale = (colour: Colour, by: number): Colour => [colour[0] * by, colour[1] * by, colour[2] * by]

/** 0 … 1 for whole coordinates, without pattern (an integer hash; the seed is the last constant). */
function hash(x: number, y: number): number {
  let h = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1) ^ 0x5eed1234
  h = Math.imul(h ^ (h >>> 15), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32
}

/** Value noise: the hash at whole coordinates, smoothly between them. */
function noise(x: number, y: number): number {
  const [i, j] = [Math.floor(x), Math.floor(y)]
  const [u, v] = [smooth(x - i), smooth(y - j)]
  const row = (r: number) => hash(i, r) + (hash(i + 1, r) - hash(i, r)) * u
  return row(j) + (row(j + 1) - row(j)) * v
}

const horizon = 128
const shore = 196
const sun = { x: 276, y: 62, radius: 22 }

function sky(x: number, y: number): Colour {
  const base = mix([0.16, 0.3, 0.55], [0.98, 0.75, 0.52], smooth(clamp(y / horizon)))
  const distance = Math.hypot(x - sun.x, y - sun.y)
  if (distance < sun.radius) return mix([1, 0.97, 0.82], [1, 0.86, 0.55], distance / sun.radius)
  const cloud = clamp(noise(x / 46, y / 12) * 0.65 + noise(x / 17 + 9, y / 6) * 0.35 - 0.52) * 1.6
  return mix(mix(base, [1, 0.88, 0.66], 0.55 * Math.exp(-(distance - sun.radius) / 38)), [1, 0.9, 0.84], cloud)
}

const farRidge = (x: number): number => 100 - 20 * Math.sin(x / 61 + 0.6) - 7 * Math.sin(x / 17) - 3 * noise(x / 5, 3)
const nearRidge = (x: number): number => 122 - 13 * Math.sin(x / 43 + 3.9) - 4 * noise(x / 9, 8)

function water(x: number, y: number): Colour {
  const depth = (y - horizon) / (shore - horizon)
  const wave = Math.sin(260 / (0.16 + depth) + 0.04 * (x - width / 2) * Math.sin(x / 90)) * (0.35 + 0.3 * depth)
  const glitter = Math.exp(-(((x - sun.x) / (14 + 34 * depth)) ** 2)) * (0.55 + 0.45 * wave)
  return mix(
    mix([0.55, 0.5, 0.52], [0.1, 0.22, 0.36], clamp(depth + 0.16 * wave)),
    [1, 0.84, 0.58],
    clamp(0.85 * glitter),
  )
}

function meadow(x: number, y: number): Colour {
  const depth = (y - shore) / (height - shore)
  const blades = 0.55 * noise(x / 1.6, y / 4) + 0.45 * hash(Math.floor(x), Math.floor(y / 2))
  return scale(mix([0.36, 0.44, 0.16], [0.16, 0.3, 0.1], depth), 0.7 + 0.6 * blades)
}

/** Slopes of the lake's far side; undefined where there is sky. */
function hills(x: number, y: number): Colour | undefined {
  if (y > nearRidge(x)) return scale([0.2, 0.27, 0.28], 0.8 + 0.4 * noise(x / 4, y / 3))
  if (y > farRidge(x)) return mix([0.42, 0.44, 0.56], [0.62, 0.56, 0.58], clamp((y - farRidge(x)) / 40))
  return undefined
}

function house(x: number, y: number): Colour | undefined {
  const [left, right, top, bottom] = [44, 118, 148, 206]
  const roof = 116 + (Math.abs(x - (left + right) / 2) * 32) / 44
  if (y >= roof && y < top && x > left - 7 && x < right + 7) {
    const tile = (Math.floor(y / 4) + Math.floor((x + (Math.floor(y / 4) % 2) * 3) / 6)) % 2
    return scale([0.6, 0.2, 0.15], tile === 0 ? 1 : 0.8)
  }
  if (x >= 100 && x < 108 && y >= 112 && y < 140) return [0.42, 0.26, 0.22]
  if (x < left || x >= right || y < top || y >= bottom) return undefined
  const pane = (cx: number) => Math.abs(x - cx) < 9 && Math.abs(y - 168) < 9
  if (pane(60) || pane(102)) {
    const bar = Math.abs(x - 60) < 0.8 || Math.abs(x - 102) < 0.8 || Math.abs(y - 168) < 0.8
    return bar ? [0.25, 0.2, 0.18] : [1, 0.88, 0.5]
  }
  if (Math.abs(x - 81) < 8 && y > 174) return Math.hypot(x - 86, y - 191) < 1.4 ? [0.95, 0.85, 0.4] : [0.32, 0.2, 0.14]
  return Math.floor(y) % 7 === 0 ? [0.72, 0.66, 0.56] : [0.9, 0.85, 0.74]
}

const crowns: readonly (readonly [x: number, y: number, radius: number])[] = [
  [338, 160, 25],
  [318, 176, 17],
  [358, 178, 18],
  [178, 184, 11],
]

function trees(x: number, y: number): Colour | undefined {
  for (const [cx, cy, radius] of crowns) {
    const distance = Math.hypot(x - cx, y - cy) + 3 * noise(x / 3, y / 3)
    if (distance < radius) {
      const light = clamp(0.75 + (cx - x + cy - y) / (-3 * radius))
      return scale(mix([0.1, 0.24, 0.12], [0.45, 0.5, 0.16], light), 0.75 + 0.5 * noise(x / 1.7, y / 1.7))
    }
  }
  const trunk = crowns.some(
    ([cx, cy, radius], i) => i !== 1 && i !== 2 && Math.abs(x - cx) < radius / 7 && y > cy && y < cy + 2 * radius,
  )
  return trunk ? [0.3, 0.2, 0.13] : undefined
}

/** A leaning mast with two wires to the frame, and a fence: lines of about one pixel. */
function lines(x: number, y: number): Colour | undefined {
  const mast = 214 + (y - 60) * 0.06
  if (y > 60 && y < 208 && Math.abs(x - mast) < 1.1) return [0.2, 0.16, 0.15]
  if (Math.abs(y - 72) < 1 && Math.abs(x - mast) < 13) return [0.2, 0.16, 0.15]
  for (const [start, sag] of [
    [70, 0.0009],
    [76, 0.0012],
  ]) {
    if (x > mast && Math.abs(y - (start + 0.12 * (x - mast) - sag * (x - mast) * (width - x))) < 0.55)
      return [0.14, 0.13, 0.16]
  }
  const post = Math.abs(((x + 3) % 18) - 9) < 1.1
  if (y > 214 && y < 236 && (post || Math.abs(y - 219) < 0.7 || Math.abs(y - 228) < 0.7)) return [0.94, 0.92, 0.86]
  return undefined
}

function colourAt(x: number, y: number): Colour {
  const front = lines(x, y) ?? trees(x, y) ?? house(x, y)
  if (front !== undefined) return front
  if (y >= shore + 3 * Math.sin(x / 37)) return meadow(x, y)
  return y >= horizon ? water(x, y) : (hills(x, y) ?? sky(x, y))
}

/** 384 × 256 pixels, RGB, 8 bits, row by row. */
export function drawScene(): Uint8Array<ArrayBuffer> {
  const pixels = new Uint8Array(width * height * 3)
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const total = [0, 0, 0]
      for (let i = 0; i < samples * samples; i++) {
        const x = column + ((i % samples) + 0.5) / samples
        const y = row + (Math.floor(i / samples) + 0.5) / samples
        const colour = colourAt(x, y)
        for (let c = 0; c < 3; c++) total[c] += colour[c]
      }
      for (let c = 0; c < 3; c++) {
        pixels[(row * width + column) * 3 + c] = Math.round(255 * clamp(total[c] / samples ** 2))
      }
    }
  }
  return pixels
}
