// The view in small: one digit after the other goes through the network, some maps of each convolution light up.

import { useEffect, useMemo } from 'preact/hooks'
import { Tile } from '../drawing/tile.tsx'
import { mayMove } from '../ui/motion.ts'
import { engine } from './engine.ts'
import { createGlance } from './glance.ts'
import { bytesOf } from './pixels.ts'
import './miniature.css'

/** Milliseconds that a digit stands. */
const pace = 1800
/** Of every layer. */
const mostMaps = 4

export function Miniature() {
  const glance = useMemo(() => createGlance(engine, 'inside-miniature'), [])
  useEffect(() => glance.dispose, [glance])
  useEffect(() => {
    if (!mayMove()) return
    const timer = setInterval(() => glance.next(), pace)
    return () => clearInterval(timer)
  }, [glance])
  const network = glance.network.value
  const overview = glance.overview.value
  const layers = network?.layers ?? []
  const columns = layers.flatMap(({ operator }, at) => (operator === 'Relu' || operator === 'MaxPool' ? [at] : []))
  const chances = overview?.chances
  return (
    <div class="inside-miniature">
      {overview === undefined || network === undefined ? (
        <progress value={glance.progress.value} max={1} />
      ) : (
        <>
          <Tile
            {...{ values: bytesOf(overview.pixels), width: network.form.width, height: network.form.height, as: 'ink' }}
            class="mini-picture"
          />
          {columns.map((at) => {
            const { height, width, values, largest, count } = overview.thumbnails[at]
            return (
              <div key={at} class="mini-column">
                {Array.from({ length: Math.min(count, mostMaps) }, (_, c) => (
                  <Tile
                    key={c}
                    {...{ width, height, as: 'sign', largest }}
                    values={values.subarray(c * height * width, (c + 1) * height * width)}
                  />
                ))}
              </div>
            )
          })}
          <div class="mini-chances">
            {Array.from(chances ?? [], (chance, i) => (
              <span key={i} style={{ '--chance': chance.toFixed(3) }} />
            ))}
          </div>
        </>
      )}
    </div>
  )
}
