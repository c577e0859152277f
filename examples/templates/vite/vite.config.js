// With these headers the page is cross-origin isolated, and the engine takes several threads. Without them it takes one.
const headers = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
}

export default { base: './', build: { target: 'es2022' }, server: { headers }, preview: { headers } }
