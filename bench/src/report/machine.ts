// Which machine and which Convoke a report is about.

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { cpus } from 'node:os'
import type { Machine } from '../results.ts'

export function machineFacts(): Machine {
  const manifest = createRequire(import.meta.url).resolve('convoke/package.json')
  const processors = cpus()
  return {
    processor: processors[0]?.model.trim() ?? 'unknown processor',
    cores: processors.length,
    platform: `${process.platform} ${process.arch}`,
    convoke: JSON.parse(readFileSync(manifest, 'utf8')).version,
  }
}
