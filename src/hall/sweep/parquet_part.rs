//! A part as Parquet: one row group, nothing compressed but whole numbers as differences.

use std::fs::File;
use std::sync::Arc;

use parquet::basic::{ConvertedType, Encoding, LogicalType, Repetition, Type as Physical};
use parquet::column::reader::ColumnReader;
use parquet::data_type::{BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int64Type};
use parquet::errors::{ParquetError, Result};
use parquet::file::properties::{EnabledStatistics, WriterProperties};
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::types::{ColumnPath, Type};

use crate::document::ENGINE;
use crate::sweep::layout::{Block, Kind, Layout, Values};

fn schema(layout: &Layout) -> Result<Type> {
    let field = |(name, kind): &(String, Kind)| -> Result<Arc<Type>> {
        let (physical, logical, converted) = match kind {
            Kind::Whole => (Physical::INT64, None, ConvertedType::NONE),
            Kind::Number => (Physical::DOUBLE, None, ConvertedType::NONE),
            Kind::Flag => (Physical::BOOLEAN, None, ConvertedType::NONE),
            Kind::Text => (Physical::BYTE_ARRAY, Some(LogicalType::String), ConvertedType::UTF8),
        };
        let required = matches!(kind, Kind::Text) || name == "k";
        let repetition = if required { Repetition::REQUIRED } else { Repetition::OPTIONAL };
        let builder = Type::primitive_type_builder(name, physical).with_repetition(repetition);
        Ok(Arc::new(builder.with_logical_type(logical).with_converted_type(converted).build()?))
    };
    let fields = layout.columns.iter().map(field).collect::<Result<_>>()?;
    Type::group_type_builder("draws").with_fields(fields).build()
}

fn properties(layout: &Layout) -> WriterProperties {
    let mut builder = WriterProperties::builder()
        .set_created_by(ENGINE.to_owned())
        .set_dictionary_enabled(false)
        .set_statistics_enabled(EnabledStatistics::Chunk);
    for (name, kind) in &layout.columns {
        if *kind == Kind::Whole {
            let path = ColumnPath::new(vec![name.clone()]);
            builder = builder.set_column_encoding(path, Encoding::DELTA_BINARY_PACKED);
        }
    }
    builder.build()
}

/// The block as a file of its own.
///
/// # Errors
/// The library refuses.
pub fn encode(layout: &Layout, block: &Block) -> Result<Vec<u8>> {
    let schema = Arc::new(schema(layout)?);
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties(layout)))?;
    let mut group = writer.next_row_group()?;
    for (column, (name, _)) in block.columns.iter().zip(&layout.columns) {
        match column {
            Values::Whole(values) if name == "k" => {
                let values: Vec<i64> = values.iter().copied().flatten().collect();
                write::<Int64Type>(&mut group, &values, None)?;
            }
            Values::Whole(values) => optional::<Int64Type>(&mut group, values)?,
            Values::Number(values) => optional::<DoubleType>(&mut group, values)?,
            Values::Flag(values) => optional::<BoolType>(&mut group, values)?,
            Values::Text(values) => {
                let values: Vec<ByteArray> = values.iter().map(|text| ByteArray::from(text.as_str())).collect();
                write::<ByteArrayType>(&mut group, &values, None)?;
            }
        }
    }
    group.close()?;
    writer.into_inner()
}

fn optional<T: DataType>(group: &mut SerializedRowGroupWriter<'_, Vec<u8>>, values: &[Option<T::T>]) -> Result<()> {
    let levels: Vec<i16> = values.iter().map(|value| i16::from(value.is_some())).collect();
    let present: Vec<T::T> = values.iter().flatten().cloned().collect();
    write::<T>(group, &present, Some(&levels))
}

fn write<T: DataType>(
    group: &mut SerializedRowGroupWriter<'_, Vec<u8>>,
    values: &[T::T],
    levels: Option<&[i16]>,
) -> Result<()> {
    let mut column = group.next_column()?.ok_or_else(|| ParquetError::General("no column".to_owned()))?;
    column.typed::<T>().write_batch(values, levels, None)?;
    column.close()
}

/// The block of a file.
///
/// # Errors
/// The file is no whole Parquet file, or has other columns.
pub fn decode(layout: &Layout, file: File) -> Result<Block> {
    let other = || ParquetError::General("other columns".to_owned());
    let reader = SerializedFileReader::new(file)?;
    let names = reader.metadata().file_metadata().schema_descr().columns();
    let known = layout.columns.iter().map(|(name, _)| name.as_str());
    if !names.iter().map(|column| column.name()).eq(known) {
        return Err(other());
    }
    let mut block = Block::new(layout);
    for group in 0..reader.num_row_groups() {
        let group = reader.get_row_group(group)?;
        let rows = usize::try_from(group.metadata().num_rows()).map_err(|_| other())?;
        for (position, (column, (name, _))) in block.columns.iter_mut().zip(&layout.columns).enumerate() {
            let required = name == "k";
            match (column, group.get_column_reader(position)?) {
                (Values::Whole(values), ColumnReader::Int64ColumnReader(mut reader)) => {
                    let (mut levels, mut found) = (Vec::new(), Vec::new());
                    reader.read_records(rows, (!required).then_some(&mut levels), None, &mut found)?;
                    values.extend(spread(rows, required, &levels, found));
                }
                (Values::Number(values), ColumnReader::DoubleColumnReader(mut reader)) => {
                    let (mut levels, mut found) = (Vec::new(), Vec::new());
                    reader.read_records(rows, Some(&mut levels), None, &mut found)?;
                    values.extend(spread(rows, false, &levels, found));
                }
                (Values::Flag(values), ColumnReader::BoolColumnReader(mut reader)) => {
                    let (mut levels, mut found) = (Vec::new(), Vec::new());
                    reader.read_records(rows, Some(&mut levels), None, &mut found)?;
                    values.extend(spread(rows, false, &levels, found));
                }
                (Values::Text(values), ColumnReader::ByteArrayColumnReader(mut reader)) => {
                    let mut found: Vec<ByteArray> = Vec::new();
                    reader.read_records(rows, None, None, &mut found)?;
                    for text in found {
                        values.push(text.as_utf8()?.to_owned());
                    }
                }
                _ => return Err(other()),
            }
        }
    }
    Ok(block)
}

/// Values with their gaps.
fn spread<T>(rows: usize, required: bool, levels: &[i16], values: Vec<T>) -> Vec<Option<T>> {
    let mut values = values.into_iter();
    let present = |row: usize| required || levels.get(row) == Some(&1);
    (0..rows).map(|row| if present(row) { values.next() } else { None }).collect()
}
