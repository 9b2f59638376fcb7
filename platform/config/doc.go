// Package config declares every setting once, with its name, meaning, default
// and bounds, and reads it from flags, environment, file or default, in this
// order of precedence. Everything that is wrong is reported together.
//
//	settings := config.New("MILLRACE")
//	settings.Int(&partitions, "kafka.partitions", 12, 1, 1000, "Partitions of a new topic.")
//	settings.Secret(&password, "kafka.password", "Password of the Kafka user.")
//	settings.Bind(command.Flags())
//	...
//	err := settings.Load(path, os.Environ())
//
// A setting kafka.partitions is --kafka-partitions as a flag,
// MILLRACE_KAFKA_PARTITIONS in the environment, and partitions below kafka in
// the YAML file.
package config
