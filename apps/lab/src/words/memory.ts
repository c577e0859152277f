// What the page remembers between visits. Where the browser keeps nothing, it starts afresh every time.

export function recall(name: string): string | undefined {
  try {
    return localStorage.getItem(`convoke-lab:${name}`) ?? undefined
  } catch {
    return undefined
  }
}

export function forget(name: string): void {
  try {
    localStorage.removeItem(`convoke-lab:${name}`)
  } catch {
    // Where nothing is kept there is nothing to forget.
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`convoke-lab:${name}`, value)
  } catch {
    // Storage is off or full: the choice holds until the page is closed.
  }
}
