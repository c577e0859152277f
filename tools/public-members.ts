// What somebody can read about in an editor: every function, class, type, property and option that the doors of a package lead to, and
// whether a doc comment says what it is. By the compiler's own reading of the sources.

import { join, relative } from 'node:path'
import * as ts from 'typescript/unstable/ast'
import { API, type Checker, type Project, SymbolFlags, type Symbol as TypeSymbol } from 'typescript/unstable/sync'

const root = join(import.meta.dirname, '..')

export interface Member {
  /** `Owner.member`. */
  readonly name: string
  /** The file, relative to the repository. */
  readonly file: string
  /** Its line, from 1. */
  readonly line: number
  readonly documented: boolean
}

/** Named parts of a declaration, that each need a comment of their own. */
const isMember = (node: ts.Node): boolean =>
  ts.isPropertySignatureDeclaration(node) ||
  ts.isPropertyDeclaration(node) ||
  ts.isMethodSignatureDeclaration(node) ||
  ts.isMethodDeclaration(node) ||
  ts.isGetAccessorDeclaration(node) ||
  ts.isEnumMember(node)

/** The node that carries the comment: that of a variable stands before its statement. */
const commented = (node: ts.Node): ts.Node => (ts.isVariableDeclaration(node) ? node.parent.parent : node)

const isFunction = (node: ts.Node): node is ts.ArrowFunction | ts.FunctionExpression =>
  ts.isArrowFunction(node) || ts.isFunctionExpression(node)

const nameOf = (node: ts.Node): ts.Node | undefined => (node as { name?: ts.Node }).name

class Reader {
  readonly members = new Map<string, Member>()
  private readonly exported = new Map<number, TypeSymbol>()
  private readonly seen = new Set<number>()
  private readonly project: Project
  private readonly checker: Checker
  private readonly source: string

  constructor(project: Project, source: string) {
    this.project = project
    this.checker = project.checker
    this.source = source
  }

  /** What the modules export, and the types behind it. */
  doors(files: readonly string[]): void {
    const symbols = files.map((file) => {
      const module = this.project.program.getSourceFile(file)
      const symbol = module && this.checker.getSymbolAtLocation(module)
      if (symbol === undefined) throw new Error(`The compiler does not know ${file}.`)
      return symbol
    })
    for (const symbol of symbols) this.export(symbol)
    for (const symbol of this.exported.values()) this.symbol(symbol)
  }

  private original(symbol: TypeSymbol): TypeSymbol {
    return symbol.flags & SymbolFlags.Alias ? this.checker.getAliasedSymbol(symbol) : symbol
  }

  /** A name that can be imported, or, of a module, all of its names. */
  private export(found: TypeSymbol): void {
    const symbol = this.original(found)
    if (this.exported.has(symbol.id)) return
    this.exported.set(symbol.id, symbol)
    if (symbol.flags & SymbolFlags.ValueModule)
      for (const one of this.checker.getExportsOfModule(symbol)) this.export(one)
  }

  private symbol(found: TypeSymbol): void {
    const symbol = this.original(found)
    if (this.seen.has(symbol.id)) return
    this.seen.add(symbol.id)
    for (const handle of symbol.declarations) {
      if (!handle.path.startsWith(this.source)) continue
      const node = handle.resolve(this.project)
      if (node === undefined || ts.isSourceFile(node) || ts.isTypeParameterDeclaration(node)) continue
      // What has no name outside is only seen through its members.
      if (this.exported.has(symbol.id)) this.add(node, symbol.name)
      this.parts(node, symbol.name)
    }
  }

  private add(node: ts.Node, name: string): void {
    const file = node.getSourceFile()
    const start = node.getStart(file)
    const line = file.text.slice(0, start).split('\n').length
    this.members.set(`${file.fileName}:${start}`, {
      name,
      file: relative(root, file.fileName),
      line,
      documented: (commented(node).jsDoc ?? []).some((comment) => /\w/.test(comment.getText(file))),
    })
  }

  /** Members inside a declaration, and the types that it names. What a function does is nobody's to read. */
  private parts(node: ts.Node, owner: string): void {
    node.forEachChild((child) => {
      if (ts.isBlock(child) || isHidden(child)) return undefined
      if (isPattern(child)) return undefined
      if (child === (node as { initializer?: ts.Node }).initializer && !isFunction(child)) return undefined
      if (isFunction(node) && child === node.body) return undefined
      const name = isMember(child) ? `${owner}.${nameOf(child)?.getText()}` : owner
      if (isMember(child)) this.add(child, name)
      this.named(child)
      if (!ts.isExpressionWithTypeArguments(child)) this.parts(child, name)
      return undefined
    })
  }

  private named(node: ts.Node): void {
    const name = ts.isTypeReferenceNode(node)
      ? node.typeName
      : ts.isExpressionWithTypeArguments(node)
        ? node.expression
        : ts.isTypeQueryNode(node)
          ? node.exprName
          : undefined
    const symbol = name && this.checker.getSymbolAtLocation(name)
    if (symbol) this.symbol(symbol)
  }
}

/** Types that others are held against: what they have is nothing to be given. */
const isPattern = (node: ts.Node): boolean =>
  ts.isTypeParameterDeclaration(node) ||
  (ts.isTypeReferenceNode(node) && /^(Extract|Exclude)$/.test(node.typeName.getText()))

/** Members that nobody outside can name: `#like`, by the word, or by a symbol of the library's own. What is overridden has its comment above. */
const isHidden = (node: ts.Node): boolean =>
  isMember(node) &&
  (/^(\w+ )*(private|protected|override) /.test(node.getText()) ||
    /^#|^\[(?!.*dispose)/.test(nameOf(node)?.getText() ?? ''))

/** Every public member that the modules of a project lead to, by file and line. */
export function publicMembers(project: string, doors: readonly string[]): Member[] {
  const api = new API({ cwd: root })
  try {
    const opened = api.updateSnapshot({ openProjects: [join(root, project)] }).getProjects()[0]
    const reader = new Reader(opened, join(root, 'packages'))
    reader.doors(doors.map((door) => join(root, door)))
    return [...reader.members.values()].sort((a, b) => a.file.localeCompare(b.file) || a.line - b.line)
  } finally {
    api.close()
  }
}
