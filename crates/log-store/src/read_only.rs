//! A store of which only the reads are there.

/// Implements the storage port over the reading statements of one adapter; every write is refused.
///
/// `$store` has a `pool`, its `schema` and an `async fn id(&self, &LogName)`; `$read` is the module of the statements.
macro_rules! read_only_store {
    ($store:ty, $read:ident) => {
        #[async_trait]
        impl LogStore for $store {
            async fn create_log(&self, _: &NewLog) -> Result<(), CreateLogError> {
                Err(CreateLogError::Store {
                    source: StoreError::ReadOnly,
                })
            }

            async fn retire(&self, _: &Retirement) -> Result<(), RetireError> {
                Err(RetireError::Store {
                    source: StoreError::ReadOnly,
                })
            }

            async fn logs(&self) -> Result<Vec<LogRecord>, StoreError> {
                $read::logs(&self.pool).await
            }

            async fn head(&self, log: &LogName) -> Result<Option<Head>, StoreError> {
                $read::head(&self.pool, self.schema, log).await
            }

            async fn commit(&self, _: &CommitBatch) -> Result<(), CommitError> {
                Err(CommitError::Failed {
                    source: StoreError::ReadOnly,
                })
            }

            async fn find_by_dedup(
                &self,
                log: &LogName,
                keys: &[[u8; 32]],
            ) -> Result<Vec<StoredEntry>, StoreError> {
                $read::find_by_dedup(&self.pool, self.id(log).await?, keys).await
            }

            async fn find_by_leaf_hash(
                &self,
                log: &LogName,
                leaf_hash: &Hash,
            ) -> Result<Option<StoredEntry>, StoreError> {
                $read::find_by_leaf_hash(&self.pool, self.id(log).await?, leaf_hash).await
            }

            async fn entry(
                &self,
                log: &LogName,
                index: LeafIndex,
            ) -> Result<Option<StoredEntry>, StoreError> {
                let range = index.0..index.0.saturating_add(1);
                Ok(self.entries(log, range).await?.pop())
            }

            async fn entries(
                &self,
                log: &LogName,
                range: Range<u64>,
            ) -> Result<Vec<StoredEntry>, StoreError> {
                $read::entries(&self.pool, self.id(log).await?, range).await
            }

            async fn leaf_hashes(
                &self,
                log: &LogName,
                range: Range<u64>,
            ) -> Result<Vec<Hash>, StoreError> {
                $read::leaf_hashes(&self.pool, self.id(log).await?, range).await
            }

            async fn tile(
                &self,
                log: &LogName,
                level: u8,
                index: u64,
            ) -> Result<Option<Vec<Hash>>, StoreError> {
                $read::tile(&self.pool, self.id(log).await?, level, index).await
            }

            async fn checkpoint(
                &self,
                log: &LogName,
                size: TreeSize,
            ) -> Result<Option<String>, StoreError> {
                $read::checkpoint(&self.pool, self.id(log).await?, size).await
            }

            async fn checkpoints(
                &self,
                log: &LogName,
                range: Range<u64>,
            ) -> Result<Vec<(TreeSize, String)>, StoreError> {
                $read::checkpoints(&self.pool, self.id(log).await?, range).await
            }

            async fn close(&self) {
                self.pool.close().await;
            }
        }
    };
}

pub(crate) use read_only_store;
