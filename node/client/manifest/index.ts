export * from './manifest.ts'
export * from './seal-manifest.ts'
export * from './tree.ts'
export * from './versions.ts'
