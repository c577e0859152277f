import type { Command } from 'commander'
import { choiceArgument } from '../terminal/help.ts'

export function addCompletion(program: Command): void {
  program
    .command('completion')
    .summary('complete commands and options with Tab')
    .description(
      'Prints a shell script that lets Tab complete commands, options and their values. Add the line below to the file that your shell reads when it starts.',
    )
    .addArgument(choiceArgument('<shell>', 'the shell that you use', ['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      `
In ~/.bashrc:
  source <(convoke completion bash)
In ~/.zshrc, after compinit:
  source <(convoke completion zsh)
In ~/.config/fish/config.fish:
  convoke completion fish | source

Examples:
  $ convoke completion bash`,
    )
    .action(async (shell: string) => {
      const { runCompletion } = await import('../completion/run.ts')
      runCompletion(program, shell)
    })
}
