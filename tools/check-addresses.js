// Run by npm before it publishes a package: the addresses in its package.json must be real. Until the repository has an address,
// they have a host that belongs to nobody (.example, RFC 2606), so that nobody else's site is named.

import { readFileSync } from 'node:fs'

const { homepage, repository, bugs, name } = JSON.parse(readFileSync('package.json', 'utf8'))
const addresses = { homepage, 'repository.url': repository.url, 'bugs.url': bugs.url }
const placeholders = Object.entries(addresses).filter(([, url]) =>
  new URL(url.replace(/^git\+/, '')).hostname.endsWith('.example'),
)
if (placeholders.length > 0) {
  const named = placeholders.map(([field, url]) => `${field} ${url}`).join(', ')
  console.error(
    `${name}: package.json still has placeholders: ${named}. Put in the address of the repository before you publish.`,
  )
  process.exit(1)
}
