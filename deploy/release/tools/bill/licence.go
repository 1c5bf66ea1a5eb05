package bill

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// Part is a module, or the standard library, with the texts that must go with it.
type Part struct {
	// Name is a module's path, or "std".
	Name, Version string
	// Sum is the module's checksum, as in go.sum; "" for the standard library.
	Sum string
	// Licences are SPDX identifiers, sorted.
	Licences []string
	Texts    []Text
}

// Text is a file with a licence or a notice.
type Text struct {
	// File is its path in the module.
	File, Content string
}

// legal are the names of files with licences and notices. Licences of a part of a module
// have names such as LICENSE-SQLITE.
var legal = regexp.MustCompile(`(?i)^(licen[sc]e|copying|notice|patents)([-._].*)?$`)

// Texts are the licences and notices of packages in a module: those beside them, and those
// in the folders above them, up to the module's own.
func Texts(module string, packages []string) ([]Text, error) {
	folders := []string{module}
	for _, folder := range packages {
		for ; folder != module && strings.HasPrefix(folder, module); folder = filepath.Dir(folder) {
			folders = append(folders, folder)
		}
	}
	slices.Sort(folders)
	var texts []Text
	for _, folder := range slices.Compact(folders) {
		entries, err := os.ReadDir(folder)
		if err != nil {
			return nil, err
		}
		for _, entry := range entries {
			if entry.IsDir() || !legal.MatchString(entry.Name()) || filepath.Ext(entry.Name()) == ".go" {
				continue
			}
			content, err := os.ReadFile(filepath.Join(folder, entry.Name()))
			if err != nil {
				return nil, err
			}
			name, err := filepath.Rel(module, filepath.Join(folder, entry.Name()))
			if err != nil {
				return nil, err
			}
			texts = append(texts, Text{File: filepath.ToSlash(name), Content: string(content)})
		}
	}
	return texts, nil
}

// words that stand in a licence, and only in that one, in small letters.
var words = []struct{ id, text string }{
	{"Apache-2.0", "apache license version 2.0, january 2004"},
	{"Apache-2.0", "licensed under the apache license, version 2.0"},
	{"MPL-2.0", "mozilla public license version 2.0"},
	{"MPL-2.0", "mozilla public license, version 2.0"},
	{"MIT", "permission is hereby granted, free of charge, to any person obtaining a copy"},
	{"ISC", "permission to use, copy, modify, and/or distribute this software for any purpose"},
	{"ISC", "permission to use, copy, modify, and distribute this software for any purpose"},
	{"blessing", "may you do good and not evil"},
}

// copyleft are licences under which no code may be in a program of ours.
var copyleft = regexp.MustCompile(`(?i)gnu (affero |lesser )?general public license|server side public license|business source license|commons clause`)

// Identify names the licences in texts by SPDX identifier. It is an error if there is none
// that is known, or one that does not go with Apache-2.0.
func Identify(part string, texts []Text) ([]string, error) {
	var ids []string
	for _, text := range texts {
		plain := strings.ToLower(strings.Join(strings.Fields(text.Content), " "))
		if found := copyleft.FindString(plain); found != "" && !strings.Contains(plain, "mozilla public license") {
			return nil, fmt.Errorf("%s: %s mentions the %s: look whether it may be in our programs", part, text.File, found)
		}
		for _, word := range words {
			if strings.Contains(plain, word.text) {
				ids = append(ids, word.id)
			}
		}
		if strings.Contains(plain, "redistribution and use in source and binary forms") {
			ids = append(ids, bsd(plain))
		}
	}
	slices.Sort(ids)
	if ids = slices.Compact(ids); len(ids) == 0 {
		return nil, fmt.Errorf("%s: no licence that is known in %d files", part, len(texts))
	}
	return ids, nil
}

// bsd tells the two apart: one has a clause more, about names.
func bsd(plain string) string {
	if strings.Contains(plain, "endorse or promote") {
		return "BSD-3-Clause"
	}
	return "BSD-2-Clause"
}
