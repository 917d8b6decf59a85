export * from './hdfs.ts'
