export * from './gallery/gallery.ts'
export * from './gallery/gallery-kernel.ts'
export * from './picture/scene.ts'
export * from './words/near.ts'
