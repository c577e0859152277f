// Keys that an object of JSON has twice: a parser keeps the last and says nothing, and two programs may read two files.

const [quote, backslash, colon, open, close] = Array.from('"\\:{}', (sign) => sign.charCodeAt(0))

/** The first key that comes twice in one object of `json`, which must be valid; null where each comes once. */
export function repeatedKey(json: string): string | null {
  const objects: Set<string>[] = []
  for (let at = 0; at < json.length; at++) {
    const sign = json.charCodeAt(at)
    if (sign === open) objects.push(new Set())
    else if (sign === close) objects.pop()
    else if (sign === quote) {
      const from = at
      let escaped = false
      for (at++; at < json.length && json.charCodeAt(at) !== quote; at++) {
        if (json.charCodeAt(at) !== backslash) continue
        escaped = true
        at++
      }
      if (!isFollowedByColon(json, at + 1)) continue
      const key = escaped ? (JSON.parse(json.slice(from, at + 1)) as string) : json.slice(from + 1, at)
      const keys = objects.at(-1)!
      if (keys.has(key)) return key
      keys.add(key)
    }
  }
  return null
}

/** Whether a text that ends before `at` is a key: a colon follows, perhaps after white space. */
function isFollowedByColon(json: string, at: number): boolean {
  let next = at
  while (json.charCodeAt(next) <= 0x20) next++
  return json.charCodeAt(next) === colon
}
