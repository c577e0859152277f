import type { NextConfig } from 'next'

// With these headers pages are cross-origin isolated, and the engine takes several threads there. Without them it takes one.
const headers = [
  { key: 'Cross-Origin-Opener-Policy', value: 'same-origin' },
  { key: 'Cross-Origin-Embedder-Policy', value: 'require-corp' },
]

export default { headers: async () => [{ source: '/:path*', headers }] } satisfies NextConfig
