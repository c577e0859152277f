// The map of ARCHITECTURE.md and the code: the same folders, imports that point down it, and no circle of imports.

import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = join(import.meta.dirname, '..')
const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8')

interface Room {
  readonly path: string
  /** From the top down. */
  readonly rooms: Room[]
}

/** The tree in the page's first block: two spaces a level, `name/` and what it holds. */
function readMap(): Room {
  const block = /```\n([\s\S]*?)```/.exec(text)
  const top: Room = { path: '', rooms: [] }
  const open = [top]
  for (const line of block?.[1].trimEnd().split('\n') ?? []) {
    const [, indent, name] = /^( *)([\w-]+)\//.exec(line) ?? [line, '', line]
    open.length = indent.length / 2 + 1
    const parent = open[open.length - 1]
    const room = { path: join(parent.path, name), rooms: [] }
    parent.rooms.push(room)
    open.push(room)
  }
  return top
}

const roomsIn = (room: Room): Room[] => [room, ...room.rooms.flatMap(roomsIn)]

const notRooms = new Set(['dist', 'node_modules', 'testing', 'bin', 'test', 'out', 'coverage', 'public'])
const foldersIn = (path: string): string[] =>
  readdirSync(join(root, path), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.') && !notRooms.has(entry.name))
    .map(({ name }) => name)

const sources = ['packages/convoke/src', 'packages/cli/src', 'bench/src', 'packages/workbench/src', 'apps/lab/src']
const isTest = (path: string): boolean => /\.test(-d)?\.tsx?$/.test(path) || path.split(sep).includes('testing')
const files = sources
  .flatMap((source) => readdirSync(join(root, source), { recursive: true }).map((path) => join(source, String(path))))
  .filter((path) => /\.tsx?$/.test(path) && !isTest(path))

interface Import {
  readonly from: string
  readonly to: string
  readonly typesOnly: boolean
}

const statement = /^(?:import|export)\s+(type\s+)?(?:([^'"]*?)\sfrom\s+)?'(\.[^']+)'/gms

function importsOf(from: string): Import[] {
  return [...readFileSync(join(root, from), 'utf8').matchAll(statement)].map(([, type, names = '', path]) => {
    const listed = /^\{([^}]*)\}$/
      .exec(names.trim())?.[1]
      .split(',')
      .filter((name) => name.trim() !== '')
    const typesOnly = type !== undefined || (listed?.every((name) => /^\s*type\s/.test(name)) ?? false)
    return { from, to: join(dirname(from), path), typesOnly }
  })
}

const imports = files.flatMap(importsOf)

/** The room of `parent` that `path` lies in. */
const roomOf = (parent: Room, path: string): number =>
  parent.rooms.findIndex((room) => !relative(room.path, path).startsWith('..'))

describe('The map of ARCHITECTURE.md', () => {
  const map = readMap()

  it('lists the folders that there are', () => {
    expect(roomsIn(map).length).toBeGreaterThan(70)
    for (const room of roomsIn(map)) {
      expect(existsSync(join(root, room.path)), `${room.path} is on the map`).toBe(true)
      if (room.rooms.length === 0) continue
      const listed = room.rooms.map(({ path }) => path.split(sep).at(-1))
      expect(foldersIn(room.path).sort(), `folders of ${room.path || 'the repository'}`).toEqual(listed.sort())
    }
  })

  it('names files that there are', () => {
    const inside = (path: string) => files.some((file) => file.endsWith(`${sep}${path.replaceAll('/', sep)}`))
    const named = [...text.matchAll(/`([\w/.-]+\.ts)`/g)].map(([, path]) => path)
    expect(named.length).toBeGreaterThan(15)
    expect(named.filter((path) => !inside(path) && !existsSync(join(root, path)))).toEqual([])
  })

  it('has every import point down', () => {
    const upwards: string[] = []
    for (const parent of roomsIn(map).filter(({ rooms }) => rooms.length > 0))
      for (const { from, to } of imports) {
        const [above, below] = [roomOf(parent, from), roomOf(parent, to)]
        if (above >= 0 && below >= 0 && below < above) upwards.push(`${from} → ${to}`)
      }
    expect(upwards).toEqual([])
  })
})

it('No circle of imports exists', () => {
  const next = new Map<string, string[]>()
  for (const { from, to, typesOnly } of imports) if (!typesOnly) next.set(from, [...(next.get(from) ?? []), to])
  const done = new Set<string>()
  const circles: string[] = []
  const walk = (path: string, above: readonly string[]): void => {
    const at = above.indexOf(path)
    if (at >= 0) circles.push([...above.slice(at), path].join(' → '))
    if (at >= 0 || done.has(path)) return
    for (const to of next.get(path) ?? []) walk(to, [...above, path])
    done.add(path)
  }
  for (const path of files) walk(path, [])
  expect(circles).toEqual([])
})

it('Only tests import what tests share', () => {
  expect(imports.filter(({ to }) => isTest(to)).map(({ from, to }) => `${from} → ${to}`)).toEqual([])
})
