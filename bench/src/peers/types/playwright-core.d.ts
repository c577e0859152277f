// The little of playwright-core that the benchmark and the tests of templates call. The peers are installed apart from the workspace, so the type check must
// not need them (tsconfig.check.json points here); that the shapes are right is shown by running.

export interface Locator {
  innerText(): Promise<string>
  setInputFiles(file: { name: string; mimeType: string; buffer: Uint8Array }): Promise<void>
}

export interface Page {
  on(event: 'console', listener: (message: { text(): string }) => void): void
  on(event: 'pageerror', listener: (error: Error) => void): void
  goto(url: string, options?: { waitUntil: 'networkidle' }): Promise<unknown>
  locator(selector: string): Locator
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
