// Which places of a map of scores are matches: the best first, none that lies half over a better one.

export interface Place {
  readonly left: number
  readonly top: number
  readonly score: number
}

export interface ScoreMap {
  readonly width: number
  readonly height: number
  readonly scores: Float32Array
}

/** Rows and columns that a template covers. */
export interface Extent {
  readonly width: number
  readonly height: number
}

/** Whether no neighbour scores more; of equal ones the first counts. */
function isPeak({ width, height, scores }: ScoreMap, left: number, top: number): boolean {
  const own = scores[top * width + left]
  for (let y = Math.max(0, top - 1); y <= Math.min(height - 1, top + 1); y++) {
    for (let x = Math.max(0, left - 1); x <= Math.min(width - 1, left + 1); x++) {
      const other = scores[y * width + x]
      const before = y < top || (y === top && x < left)
      if (other > own || (before && other === own)) return false
    }
  }
  return true
}

/** At most `count` peaks of `threshold` or more, best first, whose templates overlap by less than half along some axis. */
export function findPeaks(map: ScoreMap, template: Extent, threshold: number, count: number): Place[] {
  const candidates: Place[] = []
  for (let top = 0; top < map.height; top++) {
    for (let left = 0; left < map.width; left++) {
      const score = map.scores[top * map.width + left]
      if (score >= threshold && isPeak(map, left, top)) candidates.push({ left, top, score })
    }
  }
  candidates.sort((a, b) => b.score - a.score || a.top - b.top || a.left - b.left)
  // Kept matches by cells of half a template: only those of the nine cells around can be too close.
  const [across, down] = [Math.max(1, template.width / 2), Math.max(1, template.height / 2)]
  const cells = new Map<string, Place[]>()
  const cellOf = ({ left, top }: Place): [number, number] => [Math.floor(left / across), Math.floor(top / down)]
  const isFree = (place: Place): boolean => {
    const [column, row] = cellOf(place)
    for (const dy of [-1, 0, 1]) {
      for (const dx of [-1, 0, 1]) {
        const near = cells.get(`${column + dx},${row + dy}`) ?? []
        if (near.some((kept) => Math.abs(kept.left - place.left) < across && Math.abs(kept.top - place.top) < down))
          return false
      }
    }
    return true
  }
  const kept: Place[] = []
  for (const place of candidates) {
    if (kept.length === count) break
    if (!isFree(place)) continue
    kept.push(place)
    const key = cellOf(place).join(',')
    cells.set(key, [...(cells.get(key) ?? []), place])
  }
  return kept
}

/** The best place there is; undefined where no score is a number. */
export function bestPlace({ width, scores }: ScoreMap): Place | undefined {
  let best = -1
  for (let i = 0; i < scores.length; i++) if (best < 0 ? !Number.isNaN(scores[i]) : scores[i] > scores[best]) best = i
  return best < 0 ? undefined : { left: best % width, top: Math.floor(best / width), score: scores[best] }
}
