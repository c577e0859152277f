'use client'

// Shows the edges of a picture twice: computed in the page, and by the server.

import { currentBackend, fromPixels, scope, squeeze, toPixels } from 'convoke'
import { type ChangeEvent, useRef, useState } from 'react'
import { edgesOf } from '../edges'

export function Edges() {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [status, setStatus] = useState('')
  const [fromServer, setFromServer] = useState<string>()

  async function show({ target }: ChangeEvent<HTMLInputElement>): Promise<void> {
    const file = target.files?.[0]
    if (file === undefined || canvas.current === null) return
    const picture = await createImageBitmap(file)
    const edges = scope(() => edgesOf(squeeze(fromPixels(picture, { channels: 1, dtype: 'float32' }), -1)))
    await toPixels(edges, { canvas: canvas.current, range: [0, 4] })
    edges.dispose()

    const response = await fetch('/api/edges', { method: 'POST', body: file })
    if (response.ok) setFromServer(URL.createObjectURL(await response.blob()))
    const there = response.ok ? response.headers.get('x-backend') : await response.text()
    setStatus(`in the page: ${currentBackend().name}; on the server: ${there}`)
  }

  return (
    <>
      <label>
        A picture: <input type="file" accept="image/*" onChange={show} />
      </label>
      <p role="status">{status}</p>
      <canvas ref={canvas} />
      {/* biome-ignore lint/performance/noImgElement: the picture is an answer to this visitor alone */}
      {fromServer !== undefined && <img src={fromServer} alt="The edges, from the server" />}
    </>
  )
}
