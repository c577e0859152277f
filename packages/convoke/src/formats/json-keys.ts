// Keys that an object of JSON has twice: a parser keeps the last and says nothing, and two programs may read two files.

const token = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g

/** The first key that comes twice in one object of `json`, which must be valid; null where each comes once. */
export function repeatedKey(json: string): string | null {
  const open: (Set<string> | null)[] = []
  let text: string | null = null
  for (const [sign] of json.matchAll(token)) {
    if (sign === '{') open.push(new Set())
    else if (sign === '[') open.push(null)
    else if (sign === '}' || sign === ']') open.pop()
    else if (sign === ':' && text !== null) {
      const keys = open.at(-1)!
      const key = JSON.parse(text) as string
      if (keys?.has(key)) return key
      keys?.add(key)
    }
    text = sign.startsWith('"') ? sign : null
  }
  return null
}
