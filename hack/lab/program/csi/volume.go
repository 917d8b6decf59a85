package csi

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const (
	kindFolder = "dir"
	kindXFS    = "xfs"
	// minXFSBytes: mkfs.xfs refuses less than 300 MB without --unsupported, and less than about 16 MB with it; below
	// 64 MiB the log eats most of the volume.
	minXFSBytes = 64 << 20
)

// volume is one volume's identity. Its id carries all of it, so that the driver keeps no state of its own.
type volume struct {
	node, name, kind string
}

func (v volume) id() string { return v.node + "/" + v.name + "/" + v.kind }

func parseVolume(id string) (volume, error) {
	parts := strings.Split(id, "/")
	if len(parts) != 3 {
		return volume{}, status.Errorf(codes.InvalidArgument, "not a volume id of this driver: %q", id)
	}
	for _, part := range parts {
		if part == "" || part == "." || part == ".." {
			return volume{}, status.Errorf(codes.InvalidArgument, "not a volume id of this driver: %q", id)
		}
	}
	return volume{node: parts[0], name: parts[1], kind: parts[2]}, nil
}

// volumeStore keeps volumes as root/NODE/NAME/{data,image}.
type volumeStore struct {
	root string
}

func (s volumeStore) folder(v volume) string { return filepath.Join(s.root, v.node, v.name) }

// data is what a pod sees of a folder volume.
func (s volumeStore) data(v volume) string { return filepath.Join(s.folder(v), "data") }

// image is the sparse file that holds the filesystem of an XFS volume.
func (s volumeStore) image(v volume) string { return filepath.Join(s.folder(v), "image") }

// create is idempotent: the provisioner repeats a call whose answer it lost.
func (s volumeStore) create(v volume, sizeBytes int64) error {
	if v.kind == kindXFS {
		return s.createXFS(v, sizeBytes)
	}
	if err := os.MkdirAll(s.data(v), 0o777); err != nil {
		return err
	}
	return os.Chmod(s.data(v), 0o777) // MkdirAll applied the umask
}

func (s volumeStore) createXFS(v volume, sizeBytes int64) error {
	if err := os.MkdirAll(s.folder(v), 0o777); err != nil {
		return err
	}
	image := s.image(v)
	if _, err := os.Stat(image); err == nil {
		return nil
	}
	draft := image + ".new" // renamed when formatted, so that a crash never leaves half a filesystem under the real name
	if err := os.WriteFile(draft, nil, 0o600); err != nil {
		return err
	}
	if err := os.Truncate(draft, max(sizeBytes, minXFSBytes)); err != nil {
		return err
	}
	if _, err := run("mkfs.xfs", "-q", "-f", "--unsupported", draft); err != nil {
		return err
	}
	return os.Rename(draft, image)
}

func (s volumeStore) remove(v volume) error { return os.RemoveAll(s.folder(v)) }

// run returns the trimmed output of a command, or its output as a CSI error.
func run(name string, args ...string) (string, error) {
	output, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		return "", status.Errorf(codes.Internal, "%s %v: %v: %s", name, args, err, output)
	}
	return strings.TrimSpace(string(output)), nil
}
