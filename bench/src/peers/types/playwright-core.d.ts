// The little of playwright-core that the benchmark calls. The peers are installed apart from the workspace, so the type check must
// not need them (tsconfig.check.json points here); that the shapes are right is shown by running.

export interface Page {
  on(event: 'console', listener: (message: { text(): string }) => void): void
  on(event: 'pageerror', listener: (error: Error) => void): void
  goto(url: string): Promise<unknown>
  waitForFunction(expression: string): Promise<unknown>
  evaluate<Result, Argument>(body: (argument: Argument) => Promise<Result>, argument: Argument): Promise<Result>
}

export interface Browser {
  newPage(): Promise<Page>
  version(): string
  close(): Promise<void>
}

export const chromium: {
  launch(options: { executablePath: string; headless: boolean; args: string[] }): Promise<Browser>
}
