package csi

import (
	"context"
	"os"
	"strings"
	"syscall"

	spec "github.com/container-storage-interface/spec/lib/go/csi"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func (d *driver) NodeGetInfo(context.Context, *spec.NodeGetInfoRequest) (*spec.NodeGetInfoResponse, error) {
	return &spec.NodeGetInfoResponse{
		NodeId:             d.node,
		AccessibleTopology: &spec.Topology{Segments: map[string]string{nodeTopology: d.node}},
	}, nil
}

func (d *driver) NodeGetCapabilities(context.Context, *spec.NodeGetCapabilitiesRequest) (*spec.NodeGetCapabilitiesResponse, error) {
	kinds := []spec.NodeServiceCapability_RPC_Type{
		spec.NodeServiceCapability_RPC_EXPAND_VOLUME,
		spec.NodeServiceCapability_RPC_GET_VOLUME_STATS,
	}
	var capabilities []*spec.NodeServiceCapability
	for _, kind := range kinds {
		capabilities = append(capabilities, &spec.NodeServiceCapability{
			Type: &spec.NodeServiceCapability_Rpc{Rpc: &spec.NodeServiceCapability_RPC{Type: kind}},
		})
	}
	return &spec.NodeGetCapabilitiesResponse{Capabilities: capabilities}, nil
}

func (d *driver) NodePublishVolume(_ context.Context, request *spec.NodePublishVolumeRequest) (*spec.NodePublishVolumeResponse, error) {
	v, err := parseVolume(request.VolumeId)
	if err != nil {
		return nil, err
	}
	target := request.TargetPath
	if isMounted(target) {
		return &spec.NodePublishVolumeResponse{}, nil
	}
	if _, err := os.Stat(d.volumes.folder(v)); err != nil {
		return nil, status.Error(codes.NotFound, err.Error()) // the volume was destroyed under its claim
	}
	if err := os.MkdirAll(target, 0o777); err != nil {
		return nil, err
	}
	if err := d.mount(v, target); err != nil {
		return nil, err
	}
	if request.Readonly {
		if _, err := run("mount", "-o", "remount,bind,ro", target); err != nil {
			return nil, err
		}
	}
	return &spec.NodePublishVolumeResponse{}, nil
}

func (d *driver) mount(v volume, target string) error {
	if v.kind != kindXFS {
		_, err := run("mount", "--bind", d.volumes.data(v), target)
		return err
	}
	// `loop` makes umount free the loop device; `nouuid` lets a copied image be mounted beside its original.
	if _, err := run("mount", "-t", "xfs", "-o", "loop,nouuid", d.volumes.image(v), target); err != nil {
		return err
	}
	return os.Chmod(target, 0o777)
}

func (d *driver) NodeUnpublishVolume(_ context.Context, request *spec.NodeUnpublishVolumeRequest) (*spec.NodeUnpublishVolumeResponse, error) {
	if isMounted(request.TargetPath) {
		if _, err := run("umount", request.TargetPath); err != nil {
			return nil, err
		}
	}
	if err := os.Remove(request.TargetPath); err != nil && !os.IsNotExist(err) {
		return nil, err
	}
	return &spec.NodeUnpublishVolumeResponse{}, nil
}

func (d *driver) NodeExpandVolume(_ context.Context, request *spec.NodeExpandVolumeRequest) (*spec.NodeExpandVolumeResponse, error) {
	v, err := parseVolume(request.VolumeId)
	if err != nil {
		return nil, err
	}
	if v.kind == kindXFS {
		device, err := run("findmnt", "-n", "-o", "SOURCE", request.VolumePath)
		if err != nil {
			return nil, err
		}
		if _, err := run("losetup", "-c", device); err != nil { // reread the size of the file
			return nil, err
		}
		if _, err := run("xfs_growfs", request.VolumePath); err != nil {
			return nil, err
		}
	}
	return &spec.NodeExpandVolumeResponse{CapacityBytes: request.GetCapacityRange().GetRequiredBytes()}, nil
}

func (d *driver) NodeGetVolumeStats(_ context.Context, request *spec.NodeGetVolumeStatsRequest) (*spec.NodeGetVolumeStatsResponse, error) {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(request.VolumePath, &stat); err != nil {
		return nil, status.Error(codes.NotFound, err.Error())
	}
	blockBytes := int64(stat.Bsize)
	return &spec.NodeGetVolumeStatsResponse{Usage: []*spec.VolumeUsage{{
		Unit:      spec.VolumeUsage_BYTES,
		Total:     int64(stat.Blocks) * blockBytes,
		Available: int64(stat.Bavail) * blockBytes,
		Used:      int64(stat.Blocks-stat.Bfree) * blockBytes,
	}}}, nil
}

func isMounted(path string) bool {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	return err == nil && strings.Contains(string(mounts), " "+path+" ")
}
