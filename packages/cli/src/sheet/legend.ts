// The colours of classes, explained in rows under the heading of a sheet.

import type { OverlayOptions } from 'sharp'
import { drawLabel } from './label.ts'

export interface LegendEntry {
  readonly name: string
  /** null for what has no colour of its own. */
  readonly colour: readonly [red: number, green: number, blue: number] | null
}

export interface Legend {
  readonly pieces: readonly OverlayOptions[]
  readonly height: number
}

const [square, row, between] = [14, 24, 18]
const ink = '#1d2430'
const border = { r: 150, g: 155, b: 162 }

/** Entries that are drawn before the rest is counted. */
const most = 40

/** Draws a square of colour and a name for each entry, in as many rows as `width` asks for. */
export async function drawLegend(
  entries: readonly LegendEntry[],
  { left: start, top: first, width }: { readonly left: number; readonly top: number; readonly width: number },
): Promise<Legend> {
  if (entries.length === 0) return { pieces: [], height: 0 }
  const rest = entries.length - most
  const shown = entries.slice(0, most)
  const pieces: OverlayOptions[] = []
  let [left, top] = [start, first]
  const put = async (name: string, colour: LegendEntry['colour']): Promise<void> => {
    const indent = colour === null ? 0 : square + 6
    const label = await fitting(name, width - indent)
    const wide = indent + label.width
    if (left > start && left + wide > start + width) [left, top] = [start, top + row]
    if (colour !== null) for (const piece of swatch(colour, left, top)) pieces.push(piece)
    const raw = { width: label.width, height: label.height, channels: 4 as const }
    // Labels are cut to their ink: those with letters that hang below the line begin and end lower.
    const bottom = top + square - 2 + (/[gjpqy()]/.test(name) ? 3 : 0)
    pieces.push({ input: label.pixels, raw, left: left + indent, top: Math.max(top - 4, bottom - label.height) })
    left += wide + between
  }
  for (const { name, colour } of shown) await put(name, colour)
  if (rest > 0) await put(`and ${rest} more`, null)
  return { pieces, height: top - first + row }
}

/** A name, cut where it is wider than the room there is. */
async function fitting(name: string, room: number) {
  let [text, label] = [name, await drawLabel(name, 13, ink)]
  while (label.width > room && text.length > 2) {
    text = `${text.slice(0, Math.max(1, Math.min(text.length - 2, Math.floor((text.length * room) / label.width))))}…`
    label = await drawLabel(text, 13, ink)
  }
  return label
}

function swatch([r, g, b]: NonNullable<LegendEntry['colour']>, left: number, top: number): OverlayOptions[] {
  const filled = (side: number, background: { r: number; g: number; b: number }) => ({
    create: { width: side, height: side, channels: 3 as const, background },
  })
  return [
    { input: filled(square, border), left, top },
    { input: filled(square - 2, { r, g, b }), left: left + 1, top: top + 1 },
  ]
}
