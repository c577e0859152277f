import type { Command } from 'commander'
import { version } from '../terminal/version.ts'

export function addVersion(program: Command): void {
  program
    .command('version', { hidden: true })
    .description('Prints the version, as --version does.')
    .action(async () => {
      const { print } = await import('../terminal/output.ts')
      print(version)
    })
}
