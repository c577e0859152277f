// The reference: one page for each name that a door of the packages gives, from the doc comments of the sources.

import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = (path) => fileURLToPath(new URL(path, import.meta.url))
export const library = here('../../../packages/convoke/')

/** The doors that `package.json` names, as `.` or `./nn`. */
const { exports: doors } = JSON.parse(readFileSync(`${library}package.json`, 'utf8'))
export const doorNames = Object.keys(doors).filter((door) => door !== './package.json')

/** `packages/convoke/src/nn` of `./nn`. */
const folderOf = (door) => `${library}src${door.slice(1)}`

const repository = process.env.CONVOKE_REPOSITORY?.replace(/\/$/, '')

/** @type {import('typedoc').TypeDocOptions & Record<string, unknown>} */
export const options = {
  entryPoints: doorNames.map((door) => `${folderOf(door)}/index.ts`),
  tsconfig: here('tsconfig.json'),
  basePath: `${library}src`,
  name: 'Reference',
  logLevel: 'Warn',
  out: here('../out/reference'),
  plugin: ['typedoc-plugin-markdown', here('doors.js')],
  readme: 'none',
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  ...(repository === undefined
    ? { disableSources: true }
    : {
        disableGit: true,
        sourceLinkTemplate: `${repository}/packages/convoke/src/{path}#L{line}`,
        gitRevision: 'main',
      }),
  validation: { notDocumented: true, notExported: false, invalidLink: true },
  requiredToBeDocumented: ['Class', 'Interface', 'Property', 'CallSignature', 'GetSignature', 'TypeAlias', 'Variable'],
  // The layout of the pages.
  hidePageHeader: true,
  hideBreadcrumbs: false,
  entryFileName: 'index',
  useCodeBlocks: true,
  expandObjects: true,
  expandParameters: true,
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  classPropertiesFormat: 'table',
  typeAliasPropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  indexFormat: 'table',
  tableColumnSettings: { hideSources: true, hideModifiers: true, hideInherited: true, hideOverrides: true },
  sanitizeComments: true,
  sort: ['source-order'],
  sortEntryPoints: false,
}
