// sktime's .ts (timeseriesclassification.com, "TS files"): a head of @members, then a series a line, its channels and its class
// parted by colons: 1.0,2.0,3.0:4.0,5.0,6.0:up

import { ConvokeError, check } from '../../shapes/error.ts'
import { type FileSeries, headAndLines, readLines, type SeriesFile, seriesLabel, seriesNumber } from './series-lines.ts'

export function parseTs(name: string, text: string): SeriesFile {
  const { head, body } = headAndLines(name, text, /^[#%]/)
  const members = new Map(
    head.map(({ text: own }) => {
      const [, key, value = ''] = /^@(\S+)\s*(.*)$/.exec(own) ?? ['', own, '']
      return [key.toLowerCase(), value.trim()] as const
    }),
  )
  check(
    !/^true/i.test(members.get('timestamps') ?? ''),
    () => `${name}: it has time stamps (@timeStamps true), which are not supported. Save it with @timeStamps false.`,
  )
  const [flag = '', ...declared] = (members.get('classlabel') ?? '').split(/\s+/)
  check(
    /^true$/i.test(flag),
    () =>
      `${name}: its series have no class (@classLabel ${flag === '' ? 'is missing' : flag}). To learn, each needs one: @classLabel true a b.`,
  )
  const { read, problems } = readLines(body, ({ line, text: own }): FileSeries => {
    const where = `${name}, line ${line}`
    const fields = own.split(':')
    if (fields.length < 2) throw new ConvokeError(`${where}: there is no class after a colon.`)
    const label = seriesLabel(fields[fields.length - 1])
    if (label === '' || label === '?') throw new ConvokeError(`${where}: the class is missing.`)
    const channels = fields.slice(0, -1).map((channel) => channel.split(',').map((field) => seriesNumber(where, field)))
    return { line, label, channels }
  })
  const classes = [...new Set(declared.filter((own) => own !== '').map(seriesLabel))]
  return { classes: classes.length === 0 ? null : classes, series: read, problems }
}
