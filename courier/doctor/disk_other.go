//go:build !linux && !darwin

package doctor

func writableFolder(string) error { return errNotMeasured }

func room(string) (uint64, error) { return 0, errNotMeasured }

func readableByAll(string) (bool, error) { return false, errNotMeasured }
