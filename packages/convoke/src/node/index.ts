// What Convoke needs of Node: files, folders, pictures. `import … from 'convoke/node'`.

export * from './files.ts'
export * from './pictures.ts'
export * from './run-folder.ts'
