'use client'

import * as convoke from 'convoke'
import { useEffect, useState } from 'react'
import { compute } from '../compute.mjs'

export function InThePage() {
  const [text, setText] = useState('')
  useEffect(() => {
    compute(convoke).then((answer) => setText(JSON.stringify(answer)))
  }, [])
  return <pre id="client">{text}</pre>
}
