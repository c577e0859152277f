// Which Node the library needs.

import { ConvokeError } from '../../../../shapes/error.ts'

/** Major and minor, as `engines` of package.json has them. */
const least = [20, 19] as const

/**
 * Throws `ConvokeError` for a Node that is too old. `version` is what `process.versions.node` says; Bun and Deno give the
 * one whose interface they have. `hasBuiltins`: whether there is `process.getBuiltinModule`, which Node 21 and the first
 * releases of 22 lack.
 */
export function checkNodeVersion(version: string | undefined, hasBuiltins: boolean): void {
  if (version === undefined) return
  const [major, minor] = version.split('.').map(Number)
  const isOld = major < least[0] || (major === least[0] && minor < least[1])
  if (!isOld && hasBuiltins) return
  throw new ConvokeError(
    `Convoke needs Node ${least.join('.')} or later, and this is Node ${version}. Install a newer one, or run it with \`npx -p node@24 node\`.`,
  )
}
