// The order of classes that a list beside the data states, where the data itself has none.

import { data } from 'convoke'
import { filesAtTop, type Place } from './place.ts'

/** The names in classes.txt at the top of a place, a line each; none where there is no such file. */
export async function listedClasses(place: Place): Promise<readonly string[]> {
  const [file] = filesAtTop(place, /^classes\.txt$/i)
  if (file === undefined) return []
  const lines = data.decodeText(`${place.source.name}/${file}`, await place.source.read(file)).split(/\r\n|\n|\r/)
  return [...new Set(lines.map((line) => line.normalize('NFC').trim()).filter((line) => line !== ''))]
}

/** The classes in the order in which classes.txt lists them; null where it does not list all of them. */
export async function listedOrder(place: Place, classes: readonly string[]): Promise<readonly string[] | null> {
  const listed = await listedClasses(place)
  const known = new Set(classes)
  const order = listed.filter((name) => known.has(name))
  return order.length === known.size && order.length > 0 ? order : null
}
